package io.hvkit.vmware;

import io.hvkit.core.Incubating;
import io.hvkit.core.MachineId;
import io.hvkit.core.ProgressListener;
import io.hvkit.vmware.internal.machine.OvfExport;
import io.hvkit.vmware.internal.machine.OvfImport;
import io.hvkit.vmware.internal.machine.Site;
import java.nio.file.Path;
import java.util.List;

/**
 * Makes machines of OVF packages, and packages of machines. {@link VmwareDriver#ovf} opens it. Interrupting the thread, or a listener
 * that throws, ends an import or export. Any number of threads and processes may use it: of equal imports at once one makes the
 * machine, and the others confirm it.
 */
@Incubating(since = "0.1")
public final class OvfTransfers implements AutoCloseable {

    private final Site site;

    OvfTransfers(Site site) {
        this.site = site;
    }

    /**
     * Makes a machine of a package, or returns the one that an equal call made. It is off. Disks go to the datastore of the host's
     * options, thin. Files of the package lie beside its descriptor; a manifest of its name that ends with {@code .mf} is checked
     * if it is there.
     *
     * <p>If the vCenter's answer to the beginning is lost, nobody knows the lease that it gave, and it lets go of the half-made machine
     * only when that has run out: five minutes, as vCenters are delivered. The call waits for that, at most for as long as the option
     * {@code task-limit} says, destroys what was begun, and begins again. Nothing is made twice, and an interrupt ends the wait; what is
     * left then is removed by the next equal call.
     *
     * <table>
     * <caption>Failures; the lease is given back, and the half-made machine is destroyed</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>a file cannot be read</td><td>{@code NOT_FOUND}</td></tr>
     * <tr><td>the descriptor or manifest cannot be read, names a file elsewhere, or the vCenter does not take it</td><td>{@code
     *     INVALID_REQUEST}</td></tr>
     * <tr><td>a file has another size or digest than the package says</td><td>{@code CORRUPT_DATA}</td></tr>
     * <tr><td>the name is taken by anything else</td><td>{@code EXISTS_DIFFERENTLY}</td></tr>
     * <tr><td>another process is importing it, and does not end soon</td><td>{@code OPERATION_PENDING}</td></tr>
     * <tr><td>the host that takes the disks is not the one the vCenter named, or the connection broke</td><td>{@code
     *     UNREACHABLE}</td></tr>
     * <tr><td>nothing moves for as long as the option {@code timeout} says</td><td>{@code TIMED_OUT}</td></tr>
     * </table>
     *
     * @param descriptor a file that nobody writes to meanwhile, nor to those that it names
     */
    public MachineId importFrom(Path descriptor, String name, ProgressListener progress) throws InterruptedException {
        return new OvfImport(site).make(descriptor, name, progress);
    }

    /**
     * Makes a package of a machine or template that is off: its descriptor, a manifest {@code NAME.mf} with the SHA-256 digest of each
     * file, and a file {@code NAME-NUMBER.vmdk} for each disk, in the order in which the vCenter names them. What a
     * machine with snapshots has now is exported, not what they hold. Nobody can start or change the machine meanwhile. A
     * package is there only when all of it is, the descriptor last, and nothing is overwritten; so an equal call is refused once it
     * is there. Progress is of the room that the disks have, and ends early, since they are packed on their way.
     *
     * <table>
     * <caption>Failures; the lease is given back, and no file is left</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>there is no such machine here, or no such folder</td><td>{@code NOT_FOUND}</td></tr>
     * <tr><td>it runs, or is suspended</td><td>{@code IN_USE}</td></tr>
     * <tr><td>it is only half imported, somebody is just changing it, or is exporting to the same place</td><td>{@code
     *     OPERATION_PENDING}</td></tr>
     * <tr><td>the descriptor's name does not end with {@code .ovf}, or cannot be one</td><td>{@code INVALID_REQUEST}</td></tr>
     * <tr><td>a file of the package is there already, or a folder {@code NAME.ovf.part} that no export left</td><td>{@code
     *     EXISTS_DIFFERENTLY}; all stays as it is</td></tr>
     * <tr><td>other bytes came than the vCenter sent</td><td>{@code CORRUPT_DATA}</td></tr>
     * <tr><td>the host that has the disks is not the one the vCenter named, or the connection broke</td><td>{@code
     *     UNREACHABLE}</td></tr>
     * <tr><td>nothing moves for as long as the option {@code timeout} says</td><td>{@code TIMED_OUT}</td></tr>
     * </table>
     *
     * @param descriptor where it is to be; the other files lie beside it
     * @return the files of the package: disks, manifest, descriptor
     */
    public List<Path> exportTo(MachineId machine, Path descriptor, ProgressListener progress)
            throws InterruptedException {
        return new OvfExport(site).make(machine, descriptor, progress);
    }

    /** Ends the session. Closing twice does nothing. */
    @Override
    public void close() {
        site.client().close();
    }
}
