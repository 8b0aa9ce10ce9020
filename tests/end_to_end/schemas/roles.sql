-- The roles of all three; they belong to the cluster.
create role atlas_owner;
create role atlas_app login password 'atlas';
create role ledger_owner;
create role ledger_login login noinherit password 'ledger';
create role ledger_user;
grant ledger_user to ledger_login;
create role net_owner;
create role net_pool login noinherit password 'net';
create role net_all;
