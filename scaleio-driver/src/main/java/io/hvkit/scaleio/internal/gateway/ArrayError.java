package io.hvkit.scaleio.internal.gateway;

import io.hvkit.core.Failure;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Why the array refuses. Codes up to 226 and the two of 4.x are certain; above that, lists of different releases differ by some, so
 * that the text counts first.
 */
public enum ArrayError {
    VOL_NOT_FOUND(79, Failure.NOT_FOUND, "Could not find the volume"),
    SDC_NOT_FOUND(80, Failure.HOST_NOT_READY, "Could not find the SDC"),
    ALREADY_MAPPED(81, 4037, Failure.IN_USE, "The volume is already mapped to this SDC"),
    NOT_MAPPED(84, 4039, Failure.NOT_FOUND, "The volume is not mapped to SDC"),
    INVALID_VOL_ID(88, Failure.NOT_FOUND, "Invalid volume ID. Please try again with a valid ID."),
    TOO_MANY_VOLS_IN_POOL(
            96, Failure.EXHAUSTED, "You have exceeded the maximum number of volumes allowed in a Storage Pool"),
    TOO_MANY_VOLS(97, Failure.EXHAUSTED, "There are too many volumes"),
    NAME_IN_USE(99, Failure.EXISTS_DIFFERENTLY, "Volume name already in use. Please use a different name."),
    VOL_MAPPED(104, Failure.IN_USE, "Volume is mapped"),
    CANNOT_SHRINK(133, Failure.INVALID_REQUEST, "Volume capacity can only be increased"),
    DOMAIN_NOT_FOUND(142, Failure.NOT_FOUND, "Could not find Protection Domain"),
    REMOVE_IN_PROGRESS(145, Failure.OPERATION_PENDING, "Removal of the object is in progress. Please wait."),
    BUSY(164, Failure.OPERATION_PENDING, "The system is busy. Retry later"),
    POOL_NOT_FOUND(171, Failure.NOT_FOUND, "Could not find Storage Pool"),
    TOO_MANY_VOLS_IN_TREE(181, Failure.EXHAUSTED, "There are too many volumes in the VTree"),
    TOO_MANY_SNAPSHOTS(182, Failure.EXHAUSTED, "There are too many snapshots in the VTree"),
    VOL_TOO_LARGE(190, Failure.EXHAUSTED, "The volume size too large"),
    NO_ROOM_FOR_SNAPSHOT(
            191, Failure.EXHAUSTED, "The capacity of the Storage Pool is too small to create new snapshots"),
    OTHER_TREE(
            198,
            Failure.INVALID_REQUEST,
            "To overwrite the content of a volume, the source and target volumes must be from the same V-Tree."),
    BEING_REMOVED(212, Failure.OPERATION_PENDING, "A volume removal operation is currently in progress."),
    ILLEGAL_SIZE(
            225, Failure.INVALID_REQUEST, "The specified volume size is illegal. Volume size must be in 8 GB blocks"),
    LONG_NAME(226, Failure.INVALID_REQUEST, "The given name exceeds the allowed length of 31 characters."),
    INVALID_NAME(
            227,
            Failure.INVALID_REQUEST,
            "The given name contains invalid characters. Use alphanumeric and punctuation characters only. Spaces are"
                    + " not allowed."),
    SESSION_LOST(248, Failure.BAD_CREDENTIALS, "Invalid session. Please login and try again."),
    SDC_MAPS_TOO_MANY(294, Failure.EXHAUSTED, "The SDC is mapped to too many volumes. Please remove some mapping."),
    MAPPED_ELSEWHERE(297, Failure.IN_USE, "This volume is already mapped and may not be mapped to additional SDCs."),
    POOL_FULL(300, Failure.EXHAUSTED, "Requested volume size exceeds the volume allocation limit"),
    NO_THICK_ROOM(314, Failure.EXHAUSTED, "Allocating Thin volume violates Thick volume reservation"),
    MAPPED_TO_AN_SDC(315, Failure.IN_USE, "The volume is already mapped to a SDC"),
    SDC_NOT_APPROVED(322, Failure.HOST_NOT_READY, "The SDC is not approved"),
    NO_THIN_ROOM(
            337,
            Failure.EXHAUSTED,
            "Storage Pool reached critical capacity utilization. Unable to create new thin volumes"),
    MIGRATION_EXISTS(
            717, Failure.OPERATION_PENDING, "The V-Tree is already undergoing migration to the same Storage Pool"),
    MIGRATION_SAME_POOL(
            718,
            Failure.INVALID_REQUEST,
            "The destination Storage Pool and the source Storage Pool are the same. Please use a destination Storage Pool"
                    + " that is different than the source Storage Pool."),
    MIGRATION_TO_ANOTHER(
            719,
            Failure.OPERATION_PENDING,
            "The V-Tree is currently undergoing migration. You can either roll back the current migration or wait for it"
                    + " to complete before initiating another migration."),
    NO_MIGRATION(754, Failure.NOT_FOUND, "The V-Tree is not currently being migrated."),
    ALREADY_PAUSING(759, Failure.OPERATION_PENDING, "The V-Tree migration is already paused."),
    PAUSE_BEFORE_ROLLBACK(
            779, Failure.OPERATION_PENDING, "V-Tree migration must be paused before it can be rolled back."),
    NO_ROOM_IN_DESTINATION(825, Failure.EXHAUSTED, "No space in destination Storage Pool"),
    OTHER_LAYOUT(
            846,
            Failure.UNSUPPORTED,
            "V-Trees with multiple volumes, or V-Trees that are included in a snapshot policy, may not be migrated"
                    + " between Storage Pools with different data layouts"),
    NO_SNAPSHOT_NOW(
            847,
            Failure.OPERATION_PENDING,
            "No Snapshots may be taken during migration to a Storage Pool with a different data layout"),
    TREE_NOT_FOUND(860, Failure.NOT_FOUND, "The VTree was not found"),
    POOL_LIMIT(867, Failure.EXHAUSTED, "The total capacity of volumes per Storage Pool was exceeded"),
    OTHER_PADDING(
            942,
            Failure.UNSUPPORTED,
            "You cannot migrate a V-Tree between Storage Pools with different zero-padding settings."),
    MAP_TIMED_OUT(993, Failure.TIMED_OUT, "The volume map operation timed out.");

    private static final int LAST_CERTAIN = 226;
    private static final int FIRST_OF_FOUR = 4000;

    private final int code;
    private final int codeOfFour;
    private final Failure failure;
    private final String text;

    ArrayError(int code, Failure failure, String text) {
        this(code, code, failure, text);
    }

    ArrayError(int code, int codeOfFour, Failure failure, String text) {
        this.code = code;
        this.codeOfFour = codeOfFour;
        this.failure = failure;
        this.text = text;
    }

    /** Returns what a code and a text mean, if they are known. */
    public static Optional<ArrayError> of(int code, String text) {
        boolean certain = code > 0 && (code <= LAST_CERTAIN || code >= FIRST_OF_FOUR);
        Optional<ArrayError> coded = first(error -> error.code == code || error.codeOfFour == code);
        if (certain && coded.isPresent()) {
            return coded;
        }
        return first(error -> error.text.equalsIgnoreCase(text.strip())).or(() -> coded);
    }

    private static Optional<ArrayError> first(Predicate<ArrayError> wanted) {
        return Arrays.stream(values()).filter(wanted).findFirst();
    }

    Failure failure() {
        return failure;
    }
}
