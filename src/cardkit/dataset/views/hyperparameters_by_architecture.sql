-- The settings of training by architecture: as the registry's entry has it, else in the card's words.
SELECT
  coalesce(m.entry_architecture, m.architecture) AS architecture,
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
GROUP BY ALL
