-- Clients find the views in pg_catalog, where Redshift has them; the tables behind are in pg_internal.
SET allow_system_table_mods = on;
CREATE SCHEMA pg_internal;
