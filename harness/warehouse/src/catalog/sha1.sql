-- SHA-1 (FIPS 180-4), since PostgreSQL hashes by SHA-2 only. Words have 32 bits. No literal has a backslash: sessions take it for an
-- escape.
CREATE FUNCTION pg_catalog.sha1(value text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
    mask constant bigint := 4294967295;
    message bytea := pg_catalog.convert_to(value, 'UTF8');
    length int := pg_catalog.octet_length(message);
    h bigint[] := ARRAY[1732584193, 4023233417, 2562383102, 271733878, 3285377520];
    w bigint[];
    v bigint[];
    f bigint;
    t bigint;
BEGIN
    message := message || pg_catalog.decode('80' || pg_catalog.repeat('00', (119 - length % 64) % 64), 'hex')
        || pg_catalog.int8send(length::bigint * 8);
    FOR block IN 0 .. pg_catalog.octet_length(message) / 64 - 1 LOOP
        FOR i IN 0 .. 79 LOOP
            t := 0;
            IF i < 16 THEN
                FOR byte IN 0 .. 3 LOOP
                    t := (t << 8) | pg_catalog.get_byte(message, block * 64 + i * 4 + byte);
                END LOOP;
            ELSE
                t := w[i - 3] # w[i - 8] # w[i - 14] # w[i - 16];
                t := ((t << 1) | (t >> 31)) & mask;
            END IF;
            w[i] := t;
        END LOOP;
        v := h;
        FOR i IN 0 .. 79 LOOP
            f := CASE
                WHEN i < 20 THEN ((v[2] & v[3]) | ((mask # v[2]) & v[4])) + 1518500249
                WHEN i < 40 THEN (v[2] # v[3] # v[4]) + 1859775393
                WHEN i < 60 THEN ((v[2] & v[3]) | (v[2] & v[4]) | (v[3] & v[4])) + 2400959708
                ELSE (v[2] # v[3] # v[4]) + 3395469782 END;
            t := ((((v[1] << 5) | (v[1] >> 27)) & mask) + f + v[5] + w[i]) & mask;
            v := ARRAY[t, v[1], ((v[2] << 30) | (v[2] >> 2)) & mask, v[3], v[4]];
        END LOOP;
        FOR i IN 1 .. 5 LOOP
            h[i] := (h[i] + v[i]) & mask;
        END LOOP;
    END LOOP;
    RETURN (SELECT pg_catalog.string_agg(pg_catalog.lpad(pg_catalog.to_hex(word), 8, '0'), '' ORDER BY n)
            FROM pg_catalog.unnest(h) WITH ORDINALITY AS hashed(word, n));
END $$;
CREATE FUNCTION pg_catalog.sha(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT pg_catalog.sha1($1) $$;
CREATE FUNCTION pg_catalog.func_sha1(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT pg_catalog.sha1($1) $$;
