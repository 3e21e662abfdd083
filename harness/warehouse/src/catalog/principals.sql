-- Users, groups and roles are roles of PostgreSQL's: who may log in is a user, and who inherits nothing a group, since groups are in
-- no other group. PostgreSQL's own roles are none of them.
CREATE VIEW pg_internal.principals AS
    SELECT oid, rolname, CASE WHEN rolcanlogin THEN 'user' WHEN rolinherit THEN 'role' ELSE 'group' END AS kind
    FROM pg_catalog.pg_roles WHERE rolname NOT LIKE 'pg\_%';
GRANT SELECT ON pg_internal.principals TO PUBLIC;

-- Names that a statement gives, each with its kind; the wording is PostgreSQL 8.0's.
CREATE FUNCTION pg_catalog.linchpin_expect_principals(named text) RETURNS void LANGUAGE plpgsql STABLE AS $$
DECLARE missing record;
BEGIN
    SELECT said ->> 0 AS kind, said ->> 1 AS name INTO missing FROM pg_catalog.jsonb_array_elements(named::jsonb) AS listed (said)
    WHERE NOT EXISTS (SELECT FROM pg_internal.principals p WHERE p.rolname = said ->> 1 AND p.kind = said ->> 0) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '% "%" does not exist', missing.kind, missing.name USING ERRCODE = '42704';
    END IF;
END $$;

-- DROP ROLE, unless forced, refuses what is granted (documented; the wording is its page's examples', from memory).
CREATE FUNCTION pg_internal.refuse_granted(role oid) RETURNS void LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
DECLARE holder text := (SELECT min(p.kind) FROM pg_auth_members m JOIN pg_internal.principals p ON p.oid = m.member WHERE m.roleid = role);
BEGIN
    IF holder IS NOT NULL THEN
        RAISE EXCEPTION '%', CASE holder WHEN 'role' THEN 'cannot drop this role since another role depends on it'
                             ELSE 'cannot drop this role since it has been granted on a user' END
            USING ERRCODE = '2BP01', HINT = 'specify FORCE';
    END IF;
END $$;
-- What PostgreSQL calls a role is a user or a group here.
CREATE FUNCTION pg_internal.drop_principal(kind text, name text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    said text;
    details text;
BEGIN
    EXECUTE pg_catalog.format('DROP ROLE %I', name);
EXCEPTION WHEN dependent_objects_still_exist OR insufficient_privilege THEN
    GET STACKED DIAGNOSTICS said = MESSAGE_TEXT, details = PG_EXCEPTION_DETAIL;
    RAISE EXCEPTION '%', pg_catalog.regexp_replace(said, 'role', kind) USING ERRCODE = SQLSTATE, DETAIL = details;
END $$;
CREATE FUNCTION pg_catalog.linchpin_drop(kind text, names text[], if_exists boolean, forced boolean) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    named text;
    found oid;
BEGIN
    FOREACH named IN ARRAY names LOOP
        found := (SELECT p.oid FROM pg_internal.principals p WHERE p.rolname = named AND p.kind = linchpin_drop.kind);
        IF found IS NULL AND if_exists THEN
            RAISE NOTICE '% "%" does not exist, skipping', kind, named;
            CONTINUE;
        ELSIF found IS NULL THEN
            RAISE EXCEPTION '% "%" does not exist', kind, named USING ERRCODE = '42704';
        END IF;
        IF forced THEN
            -- Its rights go with it (inferred; documented of its assignments alone), those in this database at least.
            EXECUTE pg_catalog.format('DROP OWNED BY %I', named);
        ELSIF kind = 'role' THEN
            PERFORM pg_internal.refuse_granted(found);
        END IF;
        PERFORM pg_internal.drop_principal(kind, named);
    END LOOP;
END $$;
