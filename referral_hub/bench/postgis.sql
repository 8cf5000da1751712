-- The match in PostgreSQL with PostGIS, as well as we know to write it. Run once, in an empty database.
-- Everything that a request needs of a listing stands in one row, once for each need that the listing answers
-- (its terms and the terms above them), in the order of the places, so that one request reads neighbouring pages.

CREATE EXTENSION IF NOT EXISTS postgis;
CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE EXTENSION IF NOT EXISTS intarray;

-- What the filter and the order read. A rule is `lives` (places of which one must hold the home) and up to three ways
-- (a, b, c) of up to three criteria each: numbers of criteria, whose verdicts for this patient come with the request.
CREATE TABLE facts (
    id int NOT NULL,
    uid uuid NOT NULL,
    name text COLLATE "C" NOT NULL,
    visited boolean NOT NULL,
    everywhere boolean NOT NULL,
    zone smallint NOT NULL,
    room smallint NOT NULL,          -- 0 open, 1 waitlist, 2 full, 3 unknown
    lives_kinds smallint NOT NULL,
    a1 smallint, a2 smallint, a3 smallint,
    b1 smallint, b2 smallint, b3 smallint,
    c1 smallint, c2 smallint, c3 smallint,
    slow boolean NOT NULL,
    offers int NOT NULL,             -- bits: accessibility
    hours int NOT NULL,
    assured date,
    room_until timestamptz,
    spoken bigint NOT NULL,          -- bits: languages
    interpreted bigint NOT NULL,
    radius float8,
    geog geography(Point, 4326),
    lives int[],
    places int[],                    -- the service area's ZIP codes, counties, cities, states
    area geometry(MultiPolygon, 4326),
    rule int                         -- equal rules have one number; none is NULL
);

CREATE TABLE listing (LIKE facts, needs int[] NOT NULL, floor smallint NOT NULL, words int[] NOT NULL);
CREATE TABLE spot (need int NOT NULL, LIKE facts);                                    -- places that one goes to
CREATE TABLE coverage (need int NOT NULL, place int NOT NULL, floor smallint NOT NULL, LIKE facts); -- where nobody travels, by the places of the area
CREATE TABLE drawn (need int NOT NULL, box geometry NOT NULL, LIKE facts);            -- where nobody travels, by a polygon or a circle
CREATE TABLE hours (id int PRIMARY KEY, spans tstzmultirange NOT NULL);                    -- opening hours of the next weeks
CREATE TYPE hit AS (minutes float8, name text, uid uuid, verdict int, id int, metres float8);

-- Strong Kleene logic over 0 ineligible, 1 unknown, 2 eligible: `all` is least, `any` greatest; a missing criterion is NULL
-- and counts for neither. `v` holds a byte a criterion; `shift` is where a time zone's day begins in it.
CREATE FUNCTION verdict_of(
    lives int[], lives_kinds smallint, a1 smallint, a2 smallint, a3 smallint, b1 smallint, b2 smallint, b3 smallint,
    c1 smallint, c2 smallint, c3 smallint, zone smallint, v bytea, shift int[], home_places int[], missing int
) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT least(
        CASE WHEN lives IS NULL OR lives && home_places THEN 2 WHEN lives_kinds & missing <> 0 THEN 1 ELSE 0 END,
        CASE
            WHEN a1 IS NULL THEN 2
            WHEN a2 IS NULL AND b1 IS NULL THEN get_byte(v, a1 + shift[zone])
            ELSE greatest(
                least(get_byte(v, a1 + shift[zone]), get_byte(v, a2 + shift[zone]), get_byte(v, a3 + shift[zone])),
                least(get_byte(v, b1 + shift[zone]), get_byte(v, b2 + shift[zone]), get_byte(v, b3 + shift[zone])),
                least(get_byte(v, c1 + shift[zone]), get_byte(v, c2 + shift[zone]), get_byte(v, c3 + shift[zone]))
            )
        END
    )
$$;

-- Minutes that do not hang on travel, on the verdict or on opening hours.
CREATE FUNCTION cost_of(
    room smallint, room_until timestamptz, spoken bigint, interpreted bigint, assured date, zone smallint, slow boolean,
    at timestamptz, today date[], languages bigint
) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN room = 3 OR room_until < at THEN 5 WHEN room = 0 THEN 0 WHEN room = 1 THEN 30 ELSE 60 END
        + CASE WHEN languages = 0 OR spoken & languages <> 0 THEN 0 WHEN interpreted & languages <> 0 THEN 5 ELSE 20 END
        + CASE WHEN assured IS NULL OR today[zone] - assured > 180 THEN 10 WHEN today[zone] - assured >= 90 THEN 5 ELSE 0 END
        + CASE WHEN slow THEN 5 ELSE 0 END
$$;

CREATE FUNCTION is_wanted(room smallint, room_until timestamptz, offers int, at timestamptz, needed int, with_full boolean)
RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT offers & needed = needed AND (with_full OR room <> 2 OR room_until < at)
$$;

CREATE FUNCTION in_area(everywhere boolean, places int[], radius float8, area geometry, home_places int[], home geometry, metres float8)
RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT everywhere OR places && home_places OR metres <= radius OR ST_Covers(area, home)
$$;

-- The best `top` matches. A row whose place is open in none of the patient's windows costs 20 more. Three steps, each ended by a bound that no later row can beat:
-- 1. Who is drawn on the map around the home, then who covers one of its places, by `floor`: the least that a row can cost
--    whatever the time and the patient. It stops when the last of the best is below the next floor.
-- 2. The nearest places by the index on (need, point), as many as are wanted; sphere against ellipsoid is allowed for.
-- 3. All places that are not farther than the last of the best would be if it cost nothing but the way.
CREATE FUNCTION best_matches(
    needs int[], home geography, home_places int[], missing int, wait float8, per_metre float8, goes boolean,
    max_m float8, v bytea, shift int[], today date[], at timestamptz, languages bigint, needed int, windows tstzmultirange,
    query query_int, with_full boolean, least_verdict int, top int
) RETURNS SETOF hit LANGUAGE plpgsql STABLE AS $$
DECLARE
    best hit[] := ARRAY[]::hit[];
    around geometry := home::geometry;
    here int[] := home_places || 0;
    bound float8 := 'infinity';
    reach float8 := coalesce(max_m, 2.1e7);
    wide float8;
    step record;
    k int := 2 * top;
BEGIN
    best := ARRAY(
        SELECT (j.cost + CASE WHEN j.verdict = 1 THEN 15 ELSE 0 END + CASE WHEN windows IS NULL OR EXISTS (SELECT FROM hours o WHERE o.id = j.hours AND o.spans && windows) THEN 0 ELSE 20 END, j.name, j.uid, j.verdict, j.id, NULL)::hit
        FROM (
            SELECT DISTINCT ON (d.id) d.id, d.uid, d.name, d.hours,
                verdict_of(d.lives, d.lives_kinds, d.a1, d.a2, d.a3, d.b1, d.b2, d.b3, d.c1, d.c2, d.c3, d.zone, v, shift, home_places, missing)
                    AS verdict,
                cost_of(d.room, d.room_until, d.spoken, d.interpreted, d.assured, d.zone, d.slow, at, today, languages) AS cost
            FROM unnest(needs) n CROSS JOIN LATERAL (SELECT * FROM drawn WHERE need = n AND box && around) d
            WHERE (NOT d.visited OR (goes AND max_m IS NULL))
                AND is_wanted(d.room, d.room_until, d.offers, at, needed, with_full)
                AND in_area(d.everywhere, d.places, d.radius, d.area, home_places, around, round(ST_Distance(d.geog, home) * 1000) / 1000)
                AND (query IS NULL OR EXISTS (SELECT FROM listing w WHERE w.id = d.id AND w.words @@ query))
            OFFSET 0
        ) j
        WHERE j.verdict >= least_verdict ORDER BY 1 LIMIT top
    );
    FOR step IN SELECT * FROM (VALUES (0, 0), (5, 5), (10, 10), (15, 20), (21, 1000)) AS steps (low, high) LOOP
        EXIT WHEN bound < step.low;
        best := ARRAY(
            SELECT m::hit FROM (
                SELECT * FROM unnest(best)
                UNION
                SELECT j.cost + CASE WHEN j.verdict = 1 THEN 15 ELSE 0 END + CASE WHEN windows IS NULL OR EXISTS (SELECT FROM hours o WHERE o.id = j.hours AND o.spans && windows) THEN 0 ELSE 20 END, j.name, j.uid, j.verdict, j.id, NULL
                FROM (
                    SELECT c.id, c.uid, c.name, c.hours,
                        verdict_of(c.lives, c.lives_kinds, c.a1, c.a2, c.a3, c.b1, c.b2, c.b3, c.c1, c.c2, c.c3, c.zone, v, shift, home_places, missing)
                            AS verdict,
                        cost_of(c.room, c.room_until, c.spoken, c.interpreted, c.assured, c.zone, c.slow, at, today, languages) AS cost
                    FROM coverage c
                    WHERE c.need = ANY (needs) AND c.place = ANY (here) AND c.floor BETWEEN step.low AND step.high
                        AND (NOT c.visited OR (goes AND max_m IS NULL))
                        AND is_wanted(c.room, c.room_until, c.offers, at, needed, with_full)
                        AND (query IS NULL OR EXISTS (SELECT FROM listing w WHERE w.id = c.id AND w.words @@ query))
                    OFFSET 0
                ) j
                WHERE j.verdict >= least_verdict AND j.cost <= bound
            ) m ORDER BY 1 LIMIT top
        );
        IF cardinality(best) = top THEN bound := best[top].minutes; END IF;
    END LOOP;
    IF NOT goes THEN
        RETURN QUERY SELECT * FROM unnest(best);
        RETURN;
    END IF;
    LOOP
        IF bound < 'infinity' THEN
            reach := least(reach, greatest(0, bound - wait) / per_metre + 0.01);
            EXIT WHEN bound < wait;
        END IF;
        SELECT ARRAY(
            SELECT m::hit FROM (
                SELECT * FROM unnest(best)
                UNION
                SELECT f.minutes, f.name, f.uid, f.verdict, f.id, f.metres FROM unnest(f.hits) f
            ) m ORDER BY 1 LIMIT top
        ), f.frontier
        INTO best, wide
        FROM (
            SELECT array_agg(
                (round((wait + s.metres * per_metre) * 1e6) / 1e6 + s.cost + CASE WHEN s.verdict = 1 THEN 15 ELSE 0 END
                    + CASE WHEN windows IS NULL OR EXISTS (SELECT FROM hours o WHERE o.id = s.hours AND o.spans && windows) THEN 0 ELSE 20 END, s.name, s.uid, s.verdict, s.id, s.metres)::hit
            ) AS hits, min(s.last) AS frontier
            FROM unnest(needs) n CROSS JOIN LATERAL (
                SELECT i.*, CASE WHEN count(*) OVER () = k THEN max(i.arc) OVER () END AS last
                FROM (
                    SELECT j.* FROM (
                        SELECT p.id, p.uid, p.name, p.hours, p.geog <-> home AS arc,
                            verdict_of(p.lives, p.lives_kinds, p.a1, p.a2, p.a3, p.b1, p.b2, p.b3, p.c1, p.c2, p.c3, p.zone, v, shift, home_places, missing)
                                AS verdict,
                            cost_of(p.room, p.room_until, p.spoken, p.interpreted, p.assured, p.zone, p.slow, at, today, languages) AS cost,
                            round(ST_Distance(p.geog, home) * 1000) / 1000 AS metres,
                            p.everywhere, p.places, p.radius, p.area
                        FROM spot p
                        WHERE p.need = n AND p.geog && _ST_Expand(home, reach)
                            AND is_wanted(p.room, p.room_until, p.offers, at, needed, with_full)
                            AND (query IS NULL OR EXISTS (SELECT FROM listing w WHERE w.id = p.id AND w.words @@ query))
                        ORDER BY p.geog <-> home
                        OFFSET 0
                    ) j
                    WHERE j.verdict >= least_verdict AND j.metres <= reach
                        AND in_area(j.everywhere, j.places, j.radius, j.area, home_places, around, j.metres)
                    ORDER BY j.arc
                    LIMIT k
                ) i
            ) s
        ) f;
        IF cardinality(best) = top THEN bound := best[top].minutes; END IF;
        EXIT WHEN wide IS NULL OR wait + 0.9943 * wide * per_metre > bound;
        -- With a bound the next round sees all that can still matter; without one it sees four times as many.
        k := CASE WHEN bound < 'infinity' THEN 1000000 ELSE 4 * k END;
    END LOOP;
    RETURN QUERY SELECT * FROM unnest(best);
END
$$;

-- The same from a list of candidates: where rare words leave few, or where a home has no point and nothing can be bounded.
CREATE FUNCTION best_among(
    wanted int[], home geography, home_places int[], missing int, wait float8, per_metre float8, goes boolean,
    max_m float8, v bytea, shift int[], today date[], at timestamptz, languages bigint, needed int, windows tstzmultirange,
    candidates int[], with_full boolean, least_verdict int, top int
) RETURNS SETOF hit LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY SELECT CASE WHEN j.visited AND j.metres IS NOT NULL THEN round((wait + j.metres * per_metre) * 1e6) / 1e6 ELSE 0 END
            + j.cost + CASE WHEN j.verdict = 1 THEN 15 ELSE 0 END + CASE WHEN windows IS NULL OR EXISTS (SELECT FROM hours o WHERE o.id = j.hours AND o.spans && windows) THEN 0 ELSE 20 END,
        j.name, j.uid, j.verdict, j.id, CASE WHEN j.visited THEN j.metres END
    FROM (
        SELECT l.id, l.uid, l.name, l.hours, l.visited, l.geog IS NULL AS unplaced, l.everywhere, l.places, l.radius, l.area,
            verdict_of(l.lives, l.lives_kinds, l.a1, l.a2, l.a3, l.b1, l.b2, l.b3, l.c1, l.c2, l.c3, l.zone, v, shift, home_places, missing) AS verdict,
            cost_of(l.room, l.room_until, l.spoken, l.interpreted, l.assured, l.zone, l.slow, at, today, languages) AS cost,
            round(ST_Distance(l.geog, home) * 1000) / 1000 AS metres
        FROM listing l
        WHERE l.id = ANY (candidates) AND (CASE WHEN wanted IS NULL THEN l.needs <> '{}' ELSE l.needs && wanted END)
            AND is_wanted(l.room, l.room_until, l.offers, at, needed, with_full)
        OFFSET 0
    ) j
    WHERE j.verdict >= least_verdict
        AND (NOT j.visited OR (goes AND (max_m IS NULL OR (NOT j.unplaced AND coalesce(j.metres, 0) <= max_m))))
        AND (home_places IS NULL OR in_area(j.everywhere, j.places, j.radius, j.area, home_places, home::geometry, j.metres))
    ORDER BY 1, 2, 3 LIMIT top;
END
$$;

CREATE FUNCTION has_room(room smallint, room_until timestamptz, at timestamptz) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT room = 0 AND (room_until IS NULL OR room_until >= at)
$$;

-- Whether a place is at most so far: `arc`, on a sphere, decides all but those at the rim. Without a limit or an arc it is.
CREATE FUNCTION is_near(arc float8, place geography, home geography, metres float8) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN metres IS NULL OR arc IS NULL OR arc * 1.0046 + 1 <= metres THEN true WHEN arc * 0.9943 - 1 > metres THEN false
        ELSE round(ST_Distance(place, home) * 1000) / 1000 <= metres END
$$;

-- Everything in reach that passes each filter, counted: by rule and day where the verdict is open, all others in one row.
-- Places that one goes to but that have no coordinates are counted apart where a distance is asked for.
CREATE FUNCTION count_matches(
    needs int[], home geography, home_places int[], missing int, goes boolean, max_m float8, v bytea, shift int[], today date[],
    at timestamptz, needed int, query query_int, with_full boolean, least_verdict int
) RETURNS TABLE (open_rule int, open_day date, found bigint, unplaced bigint, enough boolean) LANGUAGE plpgsql STABLE AS $$
DECLARE
    around geometry := home::geometry;
    here int[] := home_places || 0;
BEGIN
    RETURN QUERY
    SELECT CASE WHEN j.verdict = 1 AND NOT j.lost THEN j.rule END, CASE WHEN j.verdict = 1 AND NOT j.lost THEN today[j.zone] END,
        count(*) FILTER (WHERE NOT j.lost), count(*) FILTER (WHERE j.lost), bool_or(j.roomy AND j.verdict = 2 AND NOT j.lost)
    FROM (
        SELECT s.id, s.rule, s.zone, s.verdict, false AS lost, s.roomy FROM (
            SELECT p.id, p.rule, p.zone, has_room(p.room, p.room_until, at) AS roomy, p.geog, p.everywhere, p.places, p.radius, p.area,
                CASE WHEN max_m IS NOT NULL OR p.radius IS NOT NULL THEN ST_Distance(p.geog, home, false) END AS arc,
                verdict_of(p.lives, p.lives_kinds, p.a1, p.a2, p.a3, p.b1, p.b2, p.b3, p.c1, p.c2, p.c3, p.zone, v, shift, home_places, missing) AS verdict
            FROM unnest(needs) n CROSS JOIN LATERAL (SELECT * FROM spot WHERE need = n AND geog && _ST_Expand(home, coalesce(max_m, 2.1e7))) p
            WHERE goes AND is_wanted(p.room, p.room_until, p.offers, at, needed, with_full)
                AND (query IS NULL OR EXISTS (SELECT FROM listing w WHERE w.id = p.id AND w.words @@ query))
            OFFSET 0
        ) s
        WHERE s.verdict >= least_verdict AND is_near(s.arc, s.geog, home, max_m)
            AND (s.everywhere OR s.places && home_places OR (s.radius IS NOT NULL AND is_near(s.arc, s.geog, home, s.radius)) OR ST_Covers(s.area, around))
        UNION
        SELECT d.id, d.rule, d.zone, d.verdict, d.lost, d.roomy FROM (
            SELECT c.id, c.rule, c.zone, c.visited AND max_m IS NOT NULL AS lost, has_room(c.room, c.room_until, at) AS roomy,
                verdict_of(c.lives, c.lives_kinds, c.a1, c.a2, c.a3, c.b1, c.b2, c.b3, c.c1, c.c2, c.c3, c.zone, v, shift, home_places, missing) AS verdict
            FROM coverage c
            WHERE c.need = ANY (needs) AND c.place = ANY (here)
                AND (NOT c.visited OR goes)
                AND is_wanted(c.room, c.room_until, c.offers, at, needed, with_full OR (c.visited AND max_m IS NOT NULL))
                AND (query IS NULL OR EXISTS (SELECT FROM listing w WHERE w.id = c.id AND w.words @@ query))
            OFFSET 0
        ) d
        WHERE d.lost OR d.verdict >= least_verdict
        UNION
        SELECT d.id, d.rule, d.zone, d.verdict, d.lost, d.roomy FROM (
            SELECT m.id, m.rule, m.zone, m.visited AND max_m IS NOT NULL AS lost, has_room(m.room, m.room_until, at) AS roomy,
                verdict_of(m.lives, m.lives_kinds, m.a1, m.a2, m.a3, m.b1, m.b2, m.b3, m.c1, m.c2, m.c3, m.zone, v, shift, home_places, missing) AS verdict
            FROM unnest(needs) n CROSS JOIN LATERAL (SELECT * FROM drawn WHERE need = n AND box && around) m
            WHERE true
                AND (NOT m.visited OR goes)
                AND is_wanted(m.room, m.room_until, m.offers, at, needed, with_full OR (m.visited AND max_m IS NOT NULL))
                AND in_area(m.everywhere, m.places, m.radius, m.area, home_places, around, round(ST_Distance(m.geog, home) * 1000) / 1000)
                AND (query IS NULL OR EXISTS (SELECT FROM listing w WHERE w.id = m.id AND w.words @@ query))
            OFFSET 0
        ) d
        WHERE d.lost OR d.verdict >= least_verdict
    ) j
    GROUP BY 1, 2;
END
$$;

-- The same from a list of candidates.
CREATE FUNCTION count_among(
    wanted int[], home geography, home_places int[], missing int, goes boolean, max_m float8, v bytea, shift int[], today date[],
    at timestamptz, needed int, candidates int[], with_full boolean, least_verdict int
) RETURNS TABLE (open_rule int, open_day date, found bigint, unplaced bigint, enough boolean) LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY
    SELECT CASE WHEN j.verdict = 1 AND NOT j.lost THEN j.rule END, CASE WHEN j.verdict = 1 AND NOT j.lost THEN today[j.zone] END,
        count(*) FILTER (WHERE NOT j.lost), count(*) FILTER (WHERE j.lost), bool_or(j.roomy AND j.verdict = 2 AND NOT j.lost)
    FROM (
        SELECT l.rule, l.zone, l.geog, l.visited, l.everywhere, l.places, l.radius, l.area, has_room(l.room, l.room_until, at) AS roomy,
            l.visited AND l.geog IS NULL AND max_m IS NOT NULL AS lost,
            CASE WHEN max_m IS NOT NULL OR l.radius IS NOT NULL THEN ST_Distance(l.geog, home, false) END AS arc,
            verdict_of(l.lives, l.lives_kinds, l.a1, l.a2, l.a3, l.b1, l.b2, l.b3, l.c1, l.c2, l.c3, l.zone, v, shift, home_places, missing) AS verdict
        FROM listing l
        WHERE l.id = ANY (candidates) AND (CASE WHEN wanted IS NULL THEN l.needs <> '{}' ELSE l.needs && wanted END)
            AND (NOT l.visited OR goes)
            AND is_wanted(l.room, l.room_until, l.offers, at, needed, with_full OR (l.visited AND l.geog IS NULL AND max_m IS NOT NULL))
        OFFSET 0
    ) j
    WHERE (j.lost OR j.verdict >= least_verdict)
        AND (NOT j.visited OR is_near(j.arc, j.geog, home, max_m))
        AND (home_places IS NULL OR j.everywhere OR j.places && home_places
            OR (j.radius IS NOT NULL AND j.arc IS NOT NULL AND is_near(j.arc, j.geog, home, j.radius)) OR ST_Covers(j.area, home::geometry))
    GROUP BY 1, 2;
END
$$;
