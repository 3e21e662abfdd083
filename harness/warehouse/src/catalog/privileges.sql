-- Who has which rights. Columns are documented; a user sees what concerns him.
CREATE VIEW pg_internal.identities AS
    SELECT oid AS identity, oid::bigint::int AS identity_id, rolname::text AS identity_name, kind::text AS identity_type
    FROM pg_internal.principals
    UNION ALL SELECT 0, 0, 'public', 'public';
CREATE FUNCTION pg_internal.concerns(owner oid, identity oid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT $2 = 0 OR pg_catalog.pg_has_role($1, 'USAGE') OR pg_catalog.pg_has_role($2, 'USAGE') $$;
CREATE VIEW pg_internal.user_schemas AS
    SELECT oid, nspname, nspowner, nspacl FROM pg_catalog.pg_namespace
    WHERE nspname NOT IN ('pg_catalog', 'information_schema', 'pg_internal') AND nspname !~ '^pg_(toast|temp)';

CREATE VIEW pg_catalog.svv_roles AS
    SELECT oid::bigint::int AS role_id, rolname::text AS role_name, NULL::text AS role_owner, NULL::text AS external_id
    FROM pg_internal.principals WHERE kind = 'role';
CREATE VIEW pg_catalog.svv_user_grants AS
    SELECT u.oid::bigint::int AS user_id, u.rolname::text AS user_name, r.oid::bigint::int AS role_id, r.rolname::text AS role_name,
           m.admin_option
    FROM pg_catalog.pg_auth_members m JOIN pg_internal.principals u ON u.oid = m.member AND u.kind = 'user'
    JOIN pg_internal.principals r ON r.oid = m.roleid AND r.kind = 'role';
CREATE VIEW pg_catalog.svv_role_grants AS
    SELECT r.oid::bigint::int AS role_id, r.rolname::text AS role_name, g.oid::bigint::int AS granted_role_id,
           g.rolname::text AS granted_role_name
    FROM pg_catalog.pg_auth_members m JOIN pg_internal.principals r ON r.oid = m.member AND r.kind = 'role'
    JOIN pg_internal.principals g ON g.oid = m.roleid AND g.kind = 'role';
CREATE OR REPLACE VIEW pg_catalog.pg_group AS
    SELECT rolname AS groname, oid AS grosysid, ARRAY(SELECT member FROM pg_catalog.pg_auth_members WHERE roleid = p.oid) AS grolist
    FROM pg_internal.principals p WHERE kind = 'group';

CREATE VIEW pg_catalog.svv_relation_privileges AS
    SELECT n.nspname::text AS namespace_name, c.relname::text AS relation_name, a.privilege_type::text AS privilege_type,
           i.identity_id, i.identity_name, i.identity_type, a.is_grantable AS admin_option
    FROM pg_catalog.pg_class c JOIN pg_internal.user_schemas n ON n.oid = c.relnamespace
    CROSS JOIN LATERAL pg_catalog.aclexplode(c.relacl) a JOIN pg_internal.identities i ON i.identity = a.grantee
    WHERE c.relkind IN ('r', 'v', 'm') AND pg_internal.concerns(c.relowner, a.grantee);
CREATE VIEW pg_catalog.svv_column_privileges AS
    SELECT n.nspname::text AS namespace_name, c.relname::text AS relation_name, t.attname::text AS column_name,
           a.privilege_type::text AS privilege_type, i.identity_id, i.identity_name, i.identity_type
    FROM pg_catalog.pg_class c JOIN pg_internal.user_schemas n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_attribute t ON t.attrelid = c.oid AND t.attnum > 0 AND NOT t.attisdropped
    CROSS JOIN LATERAL pg_catalog.aclexplode(t.attacl) a JOIN pg_internal.identities i ON i.identity = a.grantee
    WHERE c.relkind IN ('r', 'v', 'm') AND pg_internal.concerns(c.relowner, a.grantee);
CREATE VIEW pg_catalog.svv_schema_privileges AS
    SELECT n.nspname::text AS namespace_name, a.privilege_type::text AS privilege_type, i.identity_id, i.identity_name, i.identity_type,
           a.is_grantable AS admin_option
    FROM pg_internal.user_schemas n CROSS JOIN LATERAL pg_catalog.aclexplode(n.nspacl) a
    JOIN pg_internal.identities i ON i.identity = a.grantee
    WHERE pg_internal.concerns(n.nspowner, a.grantee);
-- PostgreSQL's CONNECT is no right of Redshift's.
CREATE VIEW pg_catalog.svv_database_privileges AS
    SELECT d.datname::text AS database_name, CASE a.privilege_type WHEN 'TEMPORARY' THEN 'TEMP' ELSE a.privilege_type END::text AS privilege_type,
           i.identity_id, i.identity_name, i.identity_type, a.is_grantable AS admin_option
    FROM pg_catalog.pg_database d
    CROSS JOIN LATERAL pg_catalog.aclexplode(coalesce(d.datacl, pg_catalog.acldefault('d', d.datdba))) a
    JOIN pg_internal.identities i ON i.identity = a.grantee
    WHERE d.datallowconn AND NOT d.datistemplate AND a.privilege_type <> 'CONNECT' AND pg_internal.concerns(d.datdba, a.grantee);
CREATE VIEW pg_catalog.svv_function_privileges AS
    SELECT n.nspname::text AS namespace_name, p.proname::text AS function_name, pg_catalog.oidvectortypes(p.proargtypes)::text AS argument_types,
           a.privilege_type::text AS privilege_type, i.identity_id, i.identity_name, i.identity_type, a.is_grantable AS admin_option
    FROM pg_catalog.pg_proc p JOIN pg_internal.user_schemas n ON n.oid = p.pronamespace
    CROSS JOIN LATERAL pg_catalog.aclexplode(coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))) a
    JOIN pg_internal.identities i ON i.identity = a.grantee
    WHERE pg_internal.concerns(p.proowner, a.grantee);
CREATE VIEW pg_catalog.svv_default_privileges AS
    SELECT n.nspname::text AS schema_name, CASE d.defaclobjtype WHEN 'r' THEN 'RELATION' ELSE 'FUNCTION' END::text AS object_type,
           o.identity_id AS owner_id, o.identity_name AS owner_name, o.identity_type AS owner_type, a.privilege_type::text AS privilege_type,
           i.identity_id AS grantee_id, i.identity_name AS grantee_name, i.identity_type AS grantee_type, a.is_grantable AS admin_option
    FROM pg_catalog.pg_default_acl d LEFT JOIN pg_catalog.pg_namespace n ON n.oid = d.defaclnamespace
    JOIN pg_internal.identities o ON o.identity = d.defaclrole
    CROSS JOIN LATERAL pg_catalog.aclexplode(d.defaclacl) a JOIN pg_internal.identities i ON i.identity = a.grantee
    WHERE d.defaclobjtype IN ('r', 'f') AND pg_internal.concerns(d.defaclrole, a.grantee);
-- Nobody has one: system permissions cannot be granted here.
CREATE VIEW pg_catalog.svv_system_privileges AS
    SELECT NULL::text AS system_privilege, NULL::int AS identity_id, NULL::text AS identity_name, NULL::text AS identity_type WHERE false;
GRANT SELECT ON pg_internal.identities, pg_internal.user_schemas, pg_catalog.svv_roles, pg_catalog.svv_user_grants, pg_catalog.svv_role_grants,
    pg_catalog.svv_relation_privileges, pg_catalog.svv_column_privileges, pg_catalog.svv_schema_privileges, pg_catalog.svv_database_privileges,
    pg_catalog.svv_function_privileges, pg_catalog.svv_default_privileges, pg_catalog.svv_system_privileges TO PUBLIC;

-- Who may name which IAM role (columns are documented; that a grant of all is told as ALL is inferred).
CREATE FUNCTION pg_catalog.pg_get_iam_role_by_user(name text) RETURNS SETOF record LANGUAGE sql STABLE SECURITY DEFINER AS $$
    SELECT DISTINCT u.rolname::text, a.role, a.purpose
    FROM pg_internal.principals u JOIN pg_internal.assumerole a ON a.grantee = 0 OR pg_catalog.pg_has_role(u.oid, a.grantee, 'MEMBER')
    WHERE u.kind = 'user' AND u.rolname = $1 $$;
CREATE FUNCTION pg_catalog.pg_get_grantee_by_iam_role(role text) RETURNS SETOF record LANGUAGE sql STABLE SECURITY DEFINER AS $$
    SELECT i.identity_name, i.identity_type, a.purpose
    FROM pg_internal.assumerole a JOIN pg_internal.identities i ON i.identity = a.grantee WHERE a.role = $1 $$;
CREATE FUNCTION pg_catalog.has_assumerole_privilege(name text, role text, command text) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER AS $$
    SELECT EXISTS (SELECT FROM pg_internal.assumerole a WHERE a.role IN ('ALL', $2) AND a.purpose IN ('ALL', pg_catalog.upper($3))
                   AND (a.grantee = 0 OR pg_catalog.pg_has_role(pg_catalog.quote_ident($1)::regrole, a.grantee, 'MEMBER'))) $$;
CREATE FUNCTION pg_catalog.has_assumerole_privilege(role text, command text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT pg_catalog.has_assumerole_privilege(session_user::text, $1, $2) $$;
