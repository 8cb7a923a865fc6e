-- How many models stand under each licence, and which; null where the card states none.
SELECT
  license_id,
  count(*) AS models,
  list(DISTINCT license_name ORDER BY license_name) FILTER (license_name IS NOT NULL) AS names,
  list(coalesce(model_id, model_name, card) ORDER BY card) AS which
FROM cards_once
GROUP BY license_id
