insert into inventory (sku, name, qty) values
	('beans', 'Coffee beans, 1 kg', 20),
	('filter', 'Paper filters, 100', 50),
	('grinder', 'Hand grinder', 5),
	('kettle', 'Gooseneck kettle', 1);
