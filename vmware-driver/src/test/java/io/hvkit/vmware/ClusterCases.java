package io.hvkit.vmware;

import io.hvkit.vmware.internal.soap.Call;
import io.hvkit.vmware.internal.soap.Data;
import io.hvkit.vmware.internal.soap.LostAnswer;
import io.hvkit.vmware.internal.soap.Ref;
import io.hvkit.vmware.internal.soap.VimFault;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;

/** A vCenter with three datastores and two clusters of them, of which the first has two; each case gets it back as it was. */
abstract class ClusterCases {

    static final String GOLD = "DC0_POD0";
    static final String SILVER = "DC0_POD1";
    static final String ONE = "LocalDS_0";
    static final String TWO = "LocalDS_1";
    static final String THREE = "LocalDS_2";

    static VmwareJudged vmware;

    @BeforeAll
    static void start() throws InterruptedException {
        vmware = VmwareJudged.start("-pods", "2", "-datastores", "3");
    }

    @AfterAll
    static void stop() {
        vmware.close();
    }

    @BeforeEach
    final void fill() throws Exception {
        move(GOLD, ONE);
        move(GOLD, TWO);
    }

    @AfterEach
    final void empty() throws Exception {
        for (int i = 0; i < 3; i++) {
            String datastore = "LocalDS_" + i;
            vmware.vcenter().datastore(datastore, "accessible", "true");
            vmware.vcenter().datastore(datastore, "mode", "normal");
            vmware.vcenter().datastore(datastore, "mounted", "true");
            vmware.vcenter().datastore(datastore, "type", "VMFS");
            vmware.admin().tasks().run(moving("DC0/datastore", datastore), Duration.ofSeconds(30));
        }
    }

    private static Call moving(String folder, String datastore) throws InterruptedException {
        return Call.changing(vmware.at(folder), Data.of("MoveIntoFolder_Task").with("list", datastore(datastore)));
    }

    private static Ref datastore(String name) throws InterruptedException {
        try {
            return vmware.admin().properties().readAll(vmware.datacenter(), "datastore", "Datastore", "name").stream()
                    .filter(found -> found.text("name").equals(name))
                    .findFirst()
                    .orElseThrow()
                    .ref();
        } catch (VimFault | LostAnswer e) {
            throw new IllegalStateException(e);
        }
    }

    /** Moves a datastore into a cluster, out of whatever it was in. */
    static void move(String pod, String datastore) throws Exception {
        vmware.admin().tasks().run(moving("DC0/datastore/" + pod, datastore), Duration.ofSeconds(30));
    }

    /** Moves a datastore out of its cluster, into none. */
    static void takeOut(String datastore) throws Exception {
        vmware.admin().tasks().run(moving("DC0/datastore", datastore), Duration.ofSeconds(30));
    }
}
