#include "auth/api.hpp"

#include "auth/model.hpp"
#include "auth/service.hpp"

namespace nassaq::auth {
namespace {

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

AccessToken post_refresh(Services& services, const http::Request& request) {
    return refresh(services, api::bearer_token(request));
}

constexpr auto table = std::to_array<api::Route>({
    api::route<post_register>("POST", "/auth/register", Level::none,
                              {.status = 201,
                               .summary = "Register an account, which an administrator then activates",
                               .pool = http::Pool::hashing,
                               .problems = {{400, "Email already registered"}, {400, "Username already taken"}}}),
    api::route<post_login>("POST", "/auth/login", Level::none,
                           {.summary = "Log in",
                            .description = "OAuth2 password flow; `username` is the e-mail address.",
                            .pool = http::Pool::hashing,
                            .problems = {{401, "Incorrect email or password"}, {403, "User is not active"}}}),
    api::route<post_refresh>("POST", "/auth/refresh", Level::none,
                             {.summary = "Get a new access token",
                              .description = "The refresh token goes into `Authorization: Bearer`.",
                              .problems = {{401, "Invalid refresh token"},
                                           {401, "Invalid token type. Refresh token required."},
                                           {401, "User not found"},
                                           {401, "User is not active"}}}),
});

}  // namespace

api::RouteTable routes() {
    return {"auth", table};
}

}  // namespace nassaq::auth
