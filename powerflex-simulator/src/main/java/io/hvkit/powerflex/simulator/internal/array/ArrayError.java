package io.hvkit.powerflex.simulator.internal.array;

import io.hvkit.powerflex.simulator.control.GatewayVersion;

/** What the array refuses: its code and its text, which clients compare. */
public enum ArrayError {
    WRONG_PARAMETERS(
            62, "Wrong command parameters. Check the help output for this command to see the correct parameters."),
    PARAMETER_OUT_OF_RANGE(64, "Parameter out of range"),
    VOL_NOT_FOUND(79, "Could not find the volume"),
    SDC_NOT_FOUND(80, "Could not find the SDC"),
    ALREADY_MAPPED(81, "The volume is already mapped to this SDC"),
    NOT_MAPPED(84, "The volume is not mapped to SDC"),
    VOL_NAME_IN_USE(99, "Volume name already in use. Please use a different name."),
    DUPLICATE_SDC_IP(
            101,
            "More than one SDC exists for the same IP address. Use name or ID instead, or remove the duplicate SDC"),
    VOL_MAPPED(104, "Volume is mapped"),
    VOL_DECREASE_NOT_SUPPORTED(133, "Volume capacity can only be increased"),
    DOMAIN_NOT_FOUND(142, "Could not find Protection Domain"),
    BUSY(164, "The system is busy. Retry later"),
    POOL_NOT_FOUND(171, "Could not find Storage Pool"),
    SDC_HAS_MAPPINGS(180, "SDC has mapped volume(s)"),
    TOO_MANY_SNAPS_IN_VTREE(182, "There are too many snapshots in the VTree"),
    NOTHING_TO_DO(183, "There are no volumes to delete"),
    NO_VOLUMES_OF_GROUP(
            185, "No volumes were found under the given consistency group or the consistency group ID is not valid"),
    VOL_SIZE_TOO_LARGE(190, "The volume size too large"),
    CAPACITY_TOO_LOW_FOR_SNAP(191, "The capacity of the Storage Pool is too small to create new snapshots"),
    DOMAIN_AND_POOL_MISMATCH(197, "The specified Storage Pool is not in the specified Protection Domain"),
    VTREE_MISMATCH(
            198, "To overwrite the content of a volume, the source and target volumes must be from the same V-Tree."),
    SYSTEM_MISMATCH(201, "The system ID that you provided does not match the actual system ID"),
    VOL_REMOVE_IN_PROGRESS(212, "A volume removal operation is currently in progress. "),
    VOL_SIZE_ILLEGAL(225, "The specified volume size is illegal. Volume size must be in 8 GB blocks"),
    LONG_NAME(226, "The given name exceeds the allowed length of 31 characters."),
    INVALID_NAME(
            227,
            "The given name contains invalid characters. Use alphanumeric and punctuation characters only. Spaces are not"
                    + " allowed."),
    INVALID_SESSION(248, "Invalid session. Please login and try again."),
    NOT_SUPPORTED(288, "This command is not supported."),
    SDC_HAS_TOO_MANY_VOLUMES(294, "The SDC is mapped to too many volumes. Please remove some mapping."),
    ONE_MAPPING_ONLY(297, "This volume is already mapped and may not be mapped to additional SDCs."),
    SDC_CONNECTED(298, "Cannot remove an SDC which is currently connected to the MDM."),
    BEYOND_ALLOCATION_LIMIT(300, "Requested volume size exceeds the volume allocation limit"),
    SDC_NOT_APPROVED(322, "The SDC is not approved"),
    OVERWRITE_WITH_ITSELF(
            330, "You cannot overwrite a volume with itself. Select a different volume in the V-Tree and try again."),
    NO_ROOM_FOR_THIN(337, "Storage Pool reached critical capacity utilization. Unable to create new thin volumes"),
    MIGRATION_EXISTS(717, "The V-Tree is already undergoing migration to the same Storage Pool"),
    MIGRATION_SAME_POOL(
            718,
            "The destination Storage Pool and the source Storage Pool are the same. Please use a destination Storage"
                    + " Pool that is different than the source Storage Pool."),
    MIGRATION_TO_ANOTHER(
            719,
            "The V-Tree is currently undergoing migration. You can either roll back the current migration or wait for"
                    + " it to complete before initiating another migration."),
    NO_MIGRATION(754, "The V-Tree is not currently being migrated."),
    ALREADY_PAUSING(759, "The V-Tree migration is already paused."),
    PAUSE_BEFORE_ROLLBACK(779, "V-Tree migration must be paused before it can be rolled back."),
    NO_SPACE_IN_DESTINATION(825, "No space in destination Storage Pool"),
    MIGRATION_NOT_PAUSED(838, "The V-Tree migration is not currently paused."),
    DIFFERENT_LAYOUT(
            846,
            "V-Trees with multiple volumes, or V-Trees that are included in a snapshot policy, may not be migrated"
                    + " between Storage Pools with different data layouts"),
    NO_SNAPSHOT_WHILE_LAYOUT_CHANGES(
            847, "No Snapshots may be taken during migration to a Storage Pool with a different data layout"),
    VTREE_NOT_FOUND(860, "The VTree was not found"),
    NOT_AUTO_SNAPSHOT(888, "The specified volume is not an auto-snapshot and hence cannot be locked"),
    DIFFERENT_ZERO_PADDING(
            942, "You cannot migrate a V-Tree between Storage Pools with different zero-padding settings.");

    private final int code;
    private final String text;

    ArrayError(int code, String text) {
        this.code = code;
        this.text = text;
    }

    /** Returns the code as that version tells it: since 4.0 hosts are of two kinds, with codes of their own for mappings. */
    public int code(GatewayVersion version) {
        if (version.isFour() && this == ALREADY_MAPPED) {
            return 4037;
        }
        return version.isFour() && this == NOT_MAPPED ? 4039 : code;
    }

    /** Returns the text, to the last space. */
    public String text() {
        return text;
    }
}
