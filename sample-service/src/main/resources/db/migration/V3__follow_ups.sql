alter table orders add column confirmed_at timestamp with time zone;
alter table orders add column shipped_at timestamp with time zone;

-- Spring Modulith's registry
create table event_publication (
	id uuid primary key,
	listener_id varchar(512) not null,
	event_type varchar(512) not null,
	serialized_event varchar(4000) not null,
	publication_date timestamp with time zone not null,
	completion_date timestamp with time zone,
	status varchar(20),
	completion_attempts integer,
	last_resubmission_date timestamp with time zone
);
create index event_publication_by_completion_date on event_publication (completion_date);

-- db-scheduler's jobs
create table scheduled_tasks (
	task_name varchar(100) not null,
	task_instance varchar(100) not null,
	task_data bytea,
	execution_time timestamp with time zone not null,
	picked boolean not null,
	picked_by varchar(100),
	last_success timestamp with time zone,
	last_failure timestamp with time zone,
	consecutive_failures integer,
	last_heartbeat timestamp with time zone,
	version bigint not null,
	priority smallint,
	primary key (task_name, task_instance)
);
create index scheduled_tasks_by_execution_time on scheduled_tasks (execution_time);
create index scheduled_tasks_by_last_heartbeat on scheduled_tasks (last_heartbeat);
