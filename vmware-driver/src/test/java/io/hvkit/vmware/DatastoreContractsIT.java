package io.hvkit.vmware;

import io.hvkit.core.VolumeId;
import io.hvkit.testkit.storage.ClonesContract;
import io.hvkit.testkit.storage.GrowthContract;
import io.hvkit.testkit.storage.LostStorageContract;
import io.hvkit.testkit.storage.StoragePoolContract;
import io.hvkit.testkit.storage.StorageUnderTest;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;

/** Datastores of a vCenter keep the contracts for what they offer. */
@Tag("drawn")
class DatastoreContractsIT {

    private static DatastoreJudged datastore;

    @BeforeAll
    static void start() throws InterruptedException {
        datastore = DatastoreJudged.start();
    }

    @AfterAll
    static void stop() {
        datastore.close();
    }

    @Nested
    class ADatastore extends StoragePoolContract {
        @Override
        protected StorageUnderTest underTest() {
            return datastore;
        }
    }

    @Nested
    class ADiskThatGrows extends GrowthContract {
        @Override
        protected StorageUnderTest underTest() {
            return datastore;
        }

        @Override
        protected void write(VolumeId volume, byte content) {
            datastore.write(volume, content);
        }

        @Override
        protected byte read(VolumeId volume) {
            return datastore.read(volume);
        }
    }

    @Nested
    class FullClones extends ClonesContract {
        @Override
        protected StorageUnderTest underTest() {
            return datastore;
        }

        @Override
        protected void write(VolumeId volume, byte content) {
            datastore.write(volume, content);
        }

        @Override
        protected byte read(VolumeId volume) {
            return datastore.read(volume);
        }
    }

    @Nested
    class ACutOffVcenter extends LostStorageContract {
        @Override
        protected StorageUnderTest underTest() {
            return datastore;
        }

        @Override
        protected void cutOff() {
            datastore.vmware().vcenter().next(0, "*", "drop", "");
        }

        @Override
        protected void reachAgain() {
            datastore.vmware().vcenter().reset();
        }

        /** A look would tell what became of it; so that one is lost, too. */
        @Override
        protected void loseNextReply() {
            for (String method : List.of(
                    "CreateVirtualDisk_Task", "DeleteVirtualDisk_Task", "DeleteDatastoreFile_Task", "MakeDirectory")) {
                datastore.vmware().vcenter().next(1, method, "cutafter", "");
            }
        }
    }
}
