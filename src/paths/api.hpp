#pragma once

#include "api/route.hpp"
#include "paths/services.hpp"

namespace nassaq::paths {

api::RouteTable<Services> routes();

}  // namespace nassaq::paths
