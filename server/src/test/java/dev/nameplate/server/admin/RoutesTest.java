package dev.nameplate.server.admin;
class RoutesTest {}
