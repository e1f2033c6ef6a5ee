package io.hvkit.storage.spi;

import io.hvkit.core.Incubating;

/** What is to be done with volumes, as far as it matters for where. */
@Incubating(since = "0.1")
public enum StorageAction {
    /** Volumes are made, copied, resized or deleted that no running machine uses. */
    WORK_AT_REST(Place.ANY),
    /** A snapshot is taken. */
    TAKE_SNAPSHOT(Place.WITH_MACHINE),
    /** A snapshot is deleted, and its layers are merged. */
    DELETE_SNAPSHOT(Place.WITH_MACHINE),
    /** A snapshot is copied to another store. */
    BACK_UP_SNAPSHOT(Place.WITH_MACHINE),
    /** What was changed since is no longer written down. */
    REMOVE_BITMAP(Place.WITH_MACHINE),
    /** A disk moves while its machine runs. */
    MOVE_DISK(Place.WITH_MACHINE);

    private enum Place {
        ANY,
        WITH_MACHINE
    }

    private final Place place;

    StorageAction(Place place) {
        this.place = place;
    }

    /** Returns whether the host of a machine that runs must do it, since only its hypervisor may touch the disk. */
    public boolean isDoneByRunningMachinesHost() {
        return place == Place.WITH_MACHINE;
    }
}
