#pragma once

#include "api/route.hpp"
#include "health/services.hpp"

namespace nassaq::health {

api::RouteTable<Services> routes();

}  // namespace nassaq::health
