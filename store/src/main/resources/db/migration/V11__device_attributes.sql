-- What is known of a device beside its name. NULL where nothing is.

ALTER TABLE owner ADD COLUMN model plain_text;
ALTER TABLE owner ADD COLUMN site plain_text;
ALTER TABLE owner ADD COLUMN device_group plain_text;
ALTER TABLE owner ADD COLUMN lot plain_text;
ALTER TABLE owner ADD COLUMN held_by plain_text;
ALTER TABLE owner ADD COLUMN hardware_serial plain_text;
