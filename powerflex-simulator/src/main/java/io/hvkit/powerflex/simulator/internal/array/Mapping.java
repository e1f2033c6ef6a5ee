package io.hvkit.powerflex.simulator.internal.array;

/**
 * That a host sees a volume.
 *
 * @param accessMode ReadWrite, ReadOnly or NoAccess
 * @param limitIops 0: none
 * @param limitKbps kilobytes a second, 0: no limit
 */
public record Mapping(Sdc sdc, String accessMode, int limitIops, long limitKbps) {

    Mapping limited(int iops, long kbps) {
        return new Mapping(sdc, accessMode, iops, kbps);
    }

    Mapping accessedAs(String mode) {
        return new Mapping(sdc, mode, limitIops, limitKbps);
    }
}
