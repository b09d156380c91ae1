#pragma once

#include "api/route.hpp"
#include "roles/services.hpp"

namespace nassaq::roles {

api::RouteTable<Services> routes();

}  // namespace nassaq::roles
