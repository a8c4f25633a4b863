-- Who an identity provider says somebody is. The subject is the identity; an address can change hands.
alter table users add column provider_subject text;
alter table users add constraint users_subject_of_provider check ((auth_provider = 'local') = (provider_subject is null));
create unique index users_by_provider on users (auth_provider, provider_subject) where provider_subject is not null;
