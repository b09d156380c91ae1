#pragma once

#include "api/route.hpp"

namespace nassaq::roles {

api::RouteTable routes();

}  // namespace nassaq::roles
