insert into shop.stock (sku, name, quantity)
select sku, name, quantity from (values
	('beans', 'Coffee beans, 1 kg', 20),
	('filter', 'Paper filters, 100', 50),
	('grinder', 'Hand grinder', 5),
	('kettle', 'Gooseneck kettle', 1)
) as demo (sku, name, quantity)
where not exists (select 1 from shop.stock);
