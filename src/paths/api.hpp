#pragma once

#include "api/route.hpp"

namespace nassaq::paths {

api::RouteTable routes();

}  // namespace nassaq::paths
