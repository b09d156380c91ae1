-- The jti of the one refresh token that counts for the session, once rotation has issued another than the first.
ALTER TABLE Sessions ADD COLUMN token_jti TEXT;
