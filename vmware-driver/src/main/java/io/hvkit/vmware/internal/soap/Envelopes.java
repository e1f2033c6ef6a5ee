package io.hvkit.vmware.internal.soap;

/** What SOAP puts around a request. */
final class Envelopes {

    static final String OPENING = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
            + "<soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\""
            + " xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\""
            + " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><soapenv:Body>";
    static final String CLOSING = "</soapenv:Body></soapenv:Envelope>";

    private Envelopes() {}
}
