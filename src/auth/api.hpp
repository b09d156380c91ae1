#pragma once

#include "api/route.hpp"

namespace nassaq::auth {

api::RouteTable routes();

}  // namespace nassaq::auth
