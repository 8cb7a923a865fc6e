-- The settings of training by architecture: as the registry's entry has it, else in the card's words.
SELECT
  coalesce(m.entry_architecture, m.architecture) AS architecture,
  h.name,
  h.stage,
  count(DISTINCT h.card) AS models,
  mode(h.value) AS commonest,
  min(h.value_number) AS least,
  median(h.value_number) AS median,
  max(h.value_number) AS most
FROM hyperparameters h
JOIN cards_once m USING (card)
GROUP BY ALL
