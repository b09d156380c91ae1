#pragma once

#include "api/route.hpp"
#include "groups/services.hpp"

namespace nassaq::groups {

api::RouteTable<Services> routes();

}  // namespace nassaq::groups
