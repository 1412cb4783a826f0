create table stock (item varchar primary key, amount int);
create table remarks (remark varchar);
insert into stock values ('hammer', 2), ('file', 1);
