-- Results of one model that its own card and another card state for the same conditions.
WITH named AS (
  SELECT *, replace(replace(lower(model), ' ', '-'), '_', '-') AS name
  FROM results
  WHERE is_comparable AND percent IS NOT NULL
)
SELECT
  own.model,
  own.benchmark,
  own.num_fewshot,
  own.method,
  own.metric,
  own.percent AS own_percent,
  other.percent AS others_percent,
  round(other.percent - own.percent, 6) AS difference,
  own.card AS own_card,
  other.card AS others_card
FROM named own
JOIN named other
  ON own.name = other.name
  AND own.benchmark = other.benchmark
  AND own.num_fewshot IS NOT DISTINCT FROM other.num_fewshot
  AND own.method IS NOT DISTINCT FROM other.method
  AND own.metric IS NOT DISTINCT FROM other.metric
  AND own.split IS NOT DISTINCT FROM other.split
WHERE own.is_self AND NOT other.is_self AND own.card <> other.card
