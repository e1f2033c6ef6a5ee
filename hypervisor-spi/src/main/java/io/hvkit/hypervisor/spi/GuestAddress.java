package io.hvkit.hypervisor.spi;

import io.hvkit.core.Incubating;
import java.net.InetAddress;
import java.util.Optional;

/**
 * An address that a guest says it has.
 *
 * @param nic the address of the network card it is on, if it says so
 * @param networkInterface what the guest calls that
 * @param address the address
 * @param prefix how many of its bits name the network
 */
@Incubating(since = "0.1")
public record GuestAddress(Optional<MacAddress> nic, String networkInterface, InetAddress address, int prefix) {}
