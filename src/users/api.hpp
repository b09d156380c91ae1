#pragma once

#include "api/route.hpp"

namespace nassaq::users {

api::RouteTable routes();

}  // namespace nassaq::users
