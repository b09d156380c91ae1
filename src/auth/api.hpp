#pragma once

#include "api/route.hpp"
#include "auth/services.hpp"

namespace nassaq::auth {

api::RouteTable<Services> routes();

}  // namespace nassaq::auth
