#pragma once

#include "api/route.hpp"
#include "users/services.hpp"

namespace nassaq::users {

api::RouteTable<Services> routes();

}  // namespace nassaq::users
