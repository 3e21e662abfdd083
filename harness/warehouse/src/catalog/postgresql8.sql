-- Relations that have the columns of PostgreSQL 8.0 in Redshift (inferred, from its documentation). Of PG_USER these are documented.
ALTER VIEW pg_catalog.pg_user RENAME TO linchpin_pg_user;
CREATE VIEW pg_catalog.pg_user AS
    SELECT usename, usesysid, usecreatedb, usesuper, usesuper AS usecatupd, passwd, valuntil, useconfig FROM pg_catalog.linchpin_pg_user;
GRANT SELECT ON pg_catalog.pg_user TO PUBLIC;

-- The front puts these in their place in FROM: PostgreSQL's own are what the pool of servers and the tests look at.
CREATE VIEW pg_internal.pg_stat_activity AS
    SELECT datid, datname, pid AS procpid, usesysid, usename, query AS current_query, query_start
    FROM pg_catalog.pg_stat_activity WHERE backend_type = 'client backend' AND application_name <> 'linchpin';
CREATE VIEW pg_internal.pg_database AS
    SELECT *, 16383::oid AS datlastsysoid, datfrozenxid AS datvacuumxid, NULL::text[] AS datconfig FROM pg_catalog.pg_database;
GRANT SELECT ON pg_internal.pg_stat_activity, pg_internal.pg_database TO PUBLIC;

-- Schemas of PostgreSQL's own doing are nobody's: those of long values, and of other sessions' temporary tables.
DO $$
BEGIN
    EXECUTE 'CREATE OR REPLACE VIEW information_schema.schemata AS SELECT * FROM ('
        || pg_catalog.rtrim(pg_catalog.pg_get_viewdef('information_schema.schemata'), ';')
        || ') AS s WHERE schema_name !~ ''^pg_(toast|temp_|internal$)'' OR schema_name = pg_catalog.pg_my_temp_schema()::regnamespace::text';
END $$;
