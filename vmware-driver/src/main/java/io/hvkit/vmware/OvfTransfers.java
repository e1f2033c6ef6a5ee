package io.hvkit.vmware;

import io.hvkit.core.Incubating;
import io.hvkit.core.MachineId;
import io.hvkit.core.ProgressListener;
import io.hvkit.vmware.internal.machine.OvfImport;
import io.hvkit.vmware.internal.machine.Site;
import java.nio.file.Path;

/**
 * Makes machines of OVF packages. {@link VmwareDriver#ovf} opens it. Interrupting the thread, or a listener that throws, ends an
 * import. Any number of threads may use it, one at a time for each machine.
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
     * <table>
     * <caption>Failures; the lease is given back, and the half-made machine is destroyed</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>a file cannot be read</td><td>{@code NOT_FOUND}</td></tr>
     * <tr><td>the descriptor or manifest cannot be read, names a file elsewhere, or the vCenter does not take it</td><td>{@code
     *     INVALID_REQUEST}</td></tr>
     * <tr><td>a file has another size or digest than the package says</td><td>{@code CORRUPT_DATA}</td></tr>
     * <tr><td>the name is taken by anything else</td><td>{@code EXISTS_DIFFERENTLY}</td></tr>
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

    /** Ends the session. Closing twice does nothing. */
    @Override
    public void close() {
        site.client().close();
    }
}
