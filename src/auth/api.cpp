#include "auth/api.hpp"

#include <vector>

#include "auth/model.hpp"
#include "auth/password.hpp"
#include "auth/service.hpp"

namespace nassaq::auth {
namespace {

using api::Caller;
using api::Level;
using api::Services;

users::UserResponse post_register(Services& services, api::Body<RegisterRequest> body) {
    return register_user(services, *body);
}

TokenPair post_login(Services& services, const http::Request& request, api::Form<LoginForm> form) {
    const Client client{.address = request.client_address,
                        .user_agent = request.headers.find("user-agent").value_or("")};
    return log_in(services, form.value, client);
}

RefreshResponse post_refresh(Services& services, const http::Request& request) {
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

void delete_session(Services& services, const Caller& caller, api::PathText<"jti"> jti) {
    revoke_own_session(services, caller, jti.value);
}

void post_password(Services& services, const Caller& caller, api::Body<ChangePassword> body) {
    change_password(services, caller, *body);
}

void post_user_password(Services& services, const Caller& admin, api::Path<"user_id"> user_id,
                        api::Body<ResetPassword> body) {
    reset_password(services, admin, user_id, *body);
}

constexpr auto table = std::to_array<api::Route>({
    api::route<post_register>("POST", "/auth/register", Level::none,
                              {.status = 201,
                               .summary = "Register an account, which an administrator then activates",
                               .pool = http::Pool::hashing,
                               .limits_addresses = true,
                               .problems = {{400, "Email already registered"}, {400, "Username already taken"}}}),
    api::route<post_login>("POST", "/auth/login", Level::none,
                           {.summary = "Log in",
                            .description = "OAuth2 password flow; `username` is the e-mail address.",
                            .pool = http::Pool::hashing,
                            .is_secret = true,
                            .limits_addresses = true,
                            .problems = {{401, "Incorrect email or password"}, {403, "User is not active"}}}),
    api::route<post_refresh>(
        "POST", "/auth/refresh", Level::none,
        {.summary = "Get a new access token",
         .description = "The refresh token goes into `Authorization: Bearer`. Where refresh tokens rotate, "
                        "the answer has a new one, and using the old one again ends the session.",
         .is_secret = true,
         .takes_refresh_token = true,
         .problems = {{401, "Invalid refresh token"},
                      {401, "Invalid token type. Refresh token required."},
                      {401, "User not found"},
                      {401, "User is not active"}}}),
    api::route<post_logout>("POST", "/auth/logout", Level::any_token,
                            {.status = 204,
                             .summary = "Log out",
                             .description = "Ends the session of the token, be it an access or a refresh token, and "
                                            "all of its tokens. `Clear-Site-Data` empties the browser's cache.",
                             .takes_refresh_token = true}),
    api::route<get_sessions>("GET", "/auth/sessions", Level::active_user,
                             {.summary = "List my sessions, the one used last first", .is_secret = true}),
    api::route<delete_session>(
        "DELETE", "/auth/sessions/{jti}", Level::active_user,
        {.status = 204, .summary = "End one of my sessions", .problems = {{404, "Session not found"}}}),
    api::route<post_password>("POST", "/auth/password", Level::active_user,
                              {.status = 204,
                               .summary = "Change my password",
                               .description = "Ends my other sessions.",
                               .pool = http::Pool::hashing,
                               .problems = {{400, "Incorrect password"}, {429, "Too many requests"}}}),
    api::route<post_user_password>("POST", "/users/{user_id}/password", Level::admin,
                                   {.status = 204,
                                    .summary = "Give a user another password",
                                    .description = "Ends all of the user's sessions.",
                                    .pool = http::Pool::hashing,
                                    .problems = {{404, "User not found"}}}),
});

}  // namespace

api::RouteTable routes() {
    return {"auth", table};
}

}  // namespace nassaq::auth
