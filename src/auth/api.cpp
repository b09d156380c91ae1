#include "auth/api.hpp"

#include <vector>

#include "auth/creation.hpp"
#include "auth/model.hpp"
#include "auth/password.hpp"
#include "auth/service.hpp"

namespace nassaq::auth {
namespace {

using api::Caller;
using api::Level;
using api::Result;

Result<users::UserResponse> post_register(Services& services, api::Body<RegisterRequest> body) {
    return register_user(services, *body);
}

Result<TokenPair> post_login(Services& services, const http::Request& request, api::Form<LoginForm> form) {
    const Client client{.address = request.client_address,
                        .user_agent = request.headers.find("user-agent").value_or("")};
    return log_in(services, form.value, client);
}

Result<RefreshResponse> post_refresh(Services& services, const http::Request& request) {
    return refresh(services, api::bearer_token(request));
}

/// What the browser keeps of documents is not for whoever sits down at it next.
http::Response post_logout(Services& services, const security::Claims& token) {
    log_out(services, token);
    http::Response response{.status = 204, .headers = {}, .body = {}};
    response.headers.add("clear-site-data", R"("cache")");
    return response;
}

std::vector<SessionResponse> get_sessions(Services& services, const Caller& caller) {
    return list_own_sessions(services, caller);
}

Result<> delete_session(Services& services, const Caller& caller, api::PathText<"jti"> jti) {
    return revoke_own_session(services, caller, jti.value);
}

Result<> post_password(Services& services, const Caller& caller, api::Body<ChangePassword> body) {
    return change_password(services, caller, *body);
}

Result<CreatedUser> post_user(Services& services, const Caller& admin, api::Body<CreateUser> body) {
    return create_user(services, admin, *body);
}

Result<> post_user_password(Services& services, const Caller& admin, api::Path<"user_id"> user_id,
                            api::Body<ResetPassword> body) {
    return reset_password(services, admin, user_id, *body);
}

constexpr auto table = std::to_array<api::FeatureRoute<Services>>({
    api::route<Services, post_register>(
        "POST", "/auth/register", Level::none,
        {.status = 201,
         .summary = "Register an account, which an administrator then activates",
         .pool = http::Pool::hashing,
         .limits_addresses = true,
         .problems = {{RefusalCode::registration_closed,
                       "Registration is closed. Please ask an administrator for an account."},
                      {RefusalCode::email_taken, "Email already registered"},
                      {RefusalCode::username_taken, "Username already taken"}}}),
    api::route<Services, post_login>(
        "POST", "/auth/login", Level::none,
        {.summary = "Log in",
         .description = "OAuth2 password flow; `username` is the e-mail address.",
         .pool = http::Pool::hashing,
         .is_secret = true,
         .limits_addresses = true,
         .problems = {{RefusalCode::login_failed, "Incorrect email or password"},
                      {RefusalCode::password_used_up,
                       "This password was for one log-in. Please ask an administrator for another one."},
                      {RefusalCode::account_inactive, "User is not active"}}}),
    api::route<Services, post_refresh>(
        "POST", "/auth/refresh", Level::none,
        {.summary = "Get a new access token",
         .description = "The refresh token goes into `Authorization: Bearer`. Where refresh tokens rotate, "
                        "the answer has a new one, and using the old one again ends the session.",
         .is_secret = true,
         .takes_refresh_token = true,
         .problems = {{RefusalCode::refresh_token_invalid, "Invalid refresh token"},
                      {RefusalCode::refresh_token_required, "Invalid token type. Refresh token required."},
                      {RefusalCode::token_user_not_found, "User not found"},
                      {RefusalCode::token_user_inactive, "User is not active"}}}),
    api::route<Services, post_logout>(
        "POST", "/auth/logout", Level::any_token,
        {.status = 204,
         .summary = "Log out",
         .description = "Ends the session of the token, be it an access or a refresh token, and "
                        "all of its tokens. `Clear-Site-Data` empties the browser's cache.",
         .takes_refresh_token = true}),
    api::route<Services, get_sessions>("GET", "/auth/sessions", Level::active_user,
                                       {.summary = "List my sessions, the one used last first", .is_secret = true}),
    api::route<Services, delete_session>("DELETE", "/auth/sessions/{jti}", Level::active_user,
                                         {.status = 204,
                                          .summary = "End one of my sessions",
                                          .problems = {{RefusalCode::session_not_found, "Session not found"}}}),
    api::route<Services, post_password>("POST", "/auth/password", Level::active_account,
                                        {.status = 204,
                                         .summary = "Change my password",
                                         .description = "Ends my other sessions.",
                                         .pool = http::Pool::hashing,
                                         .problems = {{RefusalCode::password_incorrect, "Incorrect password"},
                                                      {RefusalCode::too_many_requests, "Too many requests"}}}),
    api::route<Services, post_user>(
        "POST", "/users/", Level::admin,
        {.status = 201,
         .summary = "Create an active user",
         .description =
             "Who logs in once with the password, and has to change it then. Without one, the answer has one.",
         .pool = http::Pool::hashing,
         .is_secret = true,
         .problems = {{RefusalCode::email_taken, "Email already registered"},
                      {RefusalCode::username_taken, "Username already taken"},
                      {RefusalCode::role_unknown, "Role with id 7 does not exist"},
                      {RefusalCode::group_not_found, "Group not found"},
                      {RefusalCode::group_is_everyone, "The group of everybody cannot be changed."}}}),
    api::route<Services, post_user_password>("POST", "/users/{user_id}/password", Level::admin,
                                             {.status = 204,
                                              .summary = "Give a user another password",
                                              .description = "Ends all of the user's sessions.",
                                              .pool = http::Pool::hashing,
                                              .problems = {{RefusalCode::user_not_found, "User not found"}}}),
});

}  // namespace

api::RouteTable<Services> routes() {
    return {"auth", table};
}

}  // namespace nassaq::auth
