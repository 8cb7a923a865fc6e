-- Every stated result, with its scale made comparable: percent is 0 to 100, null for free scores.
SELECT
  e.benchmark,
  e.num_fewshot,
  e.method,
  e.metric,
  e.split,
  e.model,
  CASE WHEN NOT list_contains(m.language, 'en') THEN nullif(array_to_string(m.language, ', '), '') END
    AS language,
  m.model_id AS stated_by,
  e.is_self,
  round(100 * e.normalized, 6) AS percent,
  e.text AS as_printed,
  e.value,
  e.unit,
  coalesce(d.higher_is_better, b.higher_is_better) AS higher_is_better,
  b.benchmark IS NOT NULL
    AND e.benchmark NOT IN (SELECT benchmark FROM tests_of_many)
    AND (e.metric IS NOT NULL OR e.benchmark NOT IN (SELECT benchmark FROM tests_measured_variously))
    AS is_comparable,
  e.harness,
  e.card,
  e.number
FROM evaluations e
JOIN cards_once m USING (card)
LEFT JOIN metric_directions d ON d.metric = e.metric
LEFT JOIN benchmark_directions b ON b.benchmark = e.benchmark
