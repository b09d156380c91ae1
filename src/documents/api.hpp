#pragma once

#include "api/route.hpp"

namespace nassaq::documents {

api::RouteTable routes();

}  // namespace nassaq::documents
