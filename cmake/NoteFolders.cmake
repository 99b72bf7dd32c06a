# SPDX-License-Identifier: Apache-2.0
# Runs before an installation: folders that it will create, into install_folders.txt of the build.
if(NOT "$ENV{DESTDIR}${CMAKE_INSTALL_PREFIX}" MATCHES "_CPack_Packages")
  foreach(folder IN LISTS archcost_folders)
    set(folder "$ENV{DESTDIR}${CMAKE_INSTALL_PREFIX}/${folder}")
    while(NOT IS_DIRECTORY "${folder}")
      file(APPEND "${archcost_build}/install_folders.txt" "${folder}\n")
      cmake_path(GET folder PARENT_PATH folder)
    endwhile()
  endforeach()
endif()
