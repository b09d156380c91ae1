#pragma once

#include "api/route.hpp"
#include "permissions/services.hpp"

namespace nassaq::permissions {

api::RouteTable<Services> routes();

}  // namespace nassaq::permissions
