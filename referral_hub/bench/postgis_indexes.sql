-- Once everything is loaded: each table in the order in which it is read, then its indexes and its statistics.

ALTER TABLE listing ADD PRIMARY KEY (id);
CREATE INDEX listing_words_and_needs ON listing USING gin (words gin__int_ops, needs gin__int_ops);

INSERT INTO spot SELECT n, (f).* FROM (
    SELECT n, (l.id, l.uid, l.name, l.visited, l.everywhere, l.zone, l.room, l.lives_kinds, l.a1, l.a2, l.a3, l.b1, l.b2, l.b3, l.c1, l.c2, l.c3,
        l.slow, l.offers, l.hours, l.assured, l.room_until, l.spoken, l.interpreted, l.radius, l.geog, l.lives, l.places, l.area, l.rule)::facts AS f
    FROM listing l CROSS JOIN unnest(l.needs) n
    WHERE l.visited AND l.geog IS NOT NULL
    ORDER BY n, ST_GeoHash(l.geog::geometry)
) ordered;
CREATE INDEX spot_by_need_and_point ON spot USING gist (need, geog);

INSERT INTO coverage SELECT n, place, floor, (f).* FROM (
    SELECT n, place, l.floor, (l.id, l.uid, l.name, l.visited, l.everywhere, l.zone, l.room, l.lives_kinds, l.a1, l.a2, l.a3, l.b1, l.b2, l.b3,
        l.c1, l.c2, l.c3, l.slow, l.offers, l.hours, l.assured, l.room_until, l.spoken, l.interpreted, l.radius, l.geog, l.lives, NULL, NULL, l.rule)::facts AS f
    FROM listing l CROSS JOIN unnest(l.needs) n CROSS JOIN unnest(CASE WHEN l.everywhere THEN ARRAY[0] ELSE l.places END) place
    WHERE NOT l.visited OR l.geog IS NULL
    ORDER BY n, place, l.floor
) ordered;
CREATE INDEX coverage_by_place ON coverage (need, place, floor);

INSERT INTO drawn SELECT n, box, (f).* FROM (
    SELECT n, ST_Collect(l.area, CASE WHEN l.radius IS NOT NULL THEN ST_Expand(
            l.geog::geometry, l.radius / 110000 / greatest(0.01, cos(radians(abs(ST_Y(l.geog::geometry)) + 1))), l.radius / 110000) END) AS box,
        (l.id, l.uid, l.name, l.visited, l.everywhere, l.zone, l.room, l.lives_kinds, l.a1, l.a2, l.a3, l.b1, l.b2, l.b3, l.c1, l.c2, l.c3,
        l.slow, l.offers, l.hours, l.assured, l.room_until, l.spoken, l.interpreted, l.radius, l.geog, l.lives, l.places, l.area, l.rule)::facts AS f
    FROM listing l CROSS JOIN unnest(l.needs) n
    WHERE (NOT l.visited OR l.geog IS NULL) AND (l.area IS NOT NULL OR (l.radius IS NOT NULL AND l.geog IS NOT NULL))
) ordered;
CREATE INDEX drawn_by_box ON drawn USING gist (need, box);

VACUUM ANALYZE;
