#pragma once

#include "api/route.hpp"

namespace nassaq::health {

api::RouteTable routes();

}  // namespace nassaq::health
