-- The settings of training by the model that it began from, where a card names one only.
SELECT
  m.base_model[1].id AS base_model,
  h.name,
  h.stage,
  count(DISTINCT h.card) AS models,
  mode(CASE  -- 3 and 3.0 are one value
    WHEN h.value_number = trunc(h.value_number) AND abs(h.value_number) < 1e15
    THEN h.value_number::BIGINT::VARCHAR ELSE h.value
  END) AS commonest,
  min(h.value_number) AS least,
  median(h.value_number) AS median,
  max(h.value_number) AS most
FROM hyperparameters h
JOIN cards_once m USING (card)
WHERE len(m.base_model) = 1
GROUP BY ALL
