-- The models that passed a verification, on which device and with which cardkit; rehearsals aside.
SELECT model, device, dtype, cardkit, began, card
FROM verifications
WHERE verdict = 'passed' AND NOT rehearsal AND NOT simulated
