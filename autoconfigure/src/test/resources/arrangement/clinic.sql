insert into owner (name) values ('Betty'), ('Bruno'), ('Bella'), ('Carlos');
insert into pet (name, pets_id) values ('Basil', 1), ('Leo', 1), ('Max', 4);
insert into vet (id, name) values (1, 'Helen'), (2, 'Linda');
