-- Clients find the views in pg_catalog, where Redshift has them; the tables behind are in pg_internal.
SET allow_system_table_mods = on;
CREATE SCHEMA pg_internal;

-- "By default, all users have CREATE and USAGE privileges on the PUBLIC schema" (documented); PostgreSQL 15 took CREATE away.
GRANT CREATE ON SCHEMA public TO PUBLIC;
