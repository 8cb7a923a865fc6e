-- The models, each card once: of cards with the same bytes, an entry of the registry comes first.
SELECT *
FROM models
QUALIFY row_number() OVER (PARTITION BY card_sha256 ORDER BY entry IS NULL, card) = 1
