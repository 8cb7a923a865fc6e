-- The best stated result of each known benchmark under the same stated conditions, and who states it.
SELECT benchmark, num_fewshot, method, metric, split, language, model, percent, is_self, stated_by,
  as_printed, card
FROM results
WHERE is_comparable AND percent IS NOT NULL AND higher_is_better IS NOT NULL
QUALIFY row_number() OVER (
  PARTITION BY benchmark, num_fewshot, method, metric, split, language
  ORDER BY CASE WHEN higher_is_better THEN percent ELSE -percent END DESC, is_self DESC, card, number
) = 1
