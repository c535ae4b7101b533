-- Pages of both sides' orders.
CREATE INDEX orders_by_time ON orders (created, id);
