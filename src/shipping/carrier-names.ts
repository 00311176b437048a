/**
 * Carriers by the names that shops and customers know. A provider writes `UPSDAP` or `DhlEcs`; Shopify links a tracking
 * number only when the company is spelled exactly as in its list (`FulfillmentTrackingInfo.company`, Admin API 2026-10,
 * read 2026-11-22). Pure; shared by all providers.
 */

interface Carrier {
  /** As Shopify spells it. */
  readonly company: string;
  /** What providers call it, in lower-case letters and digits only. */
  readonly names: readonly string[];
  /** Longer names that begin so are products or accounts of the same carrier: `upsdap`, `fedexsmartpost`. */
  readonly prefixes?: readonly string[];
  /** Where a customer follows a parcel, up to the tracking number. Left out where the page asks for more than it. */
  readonly page?: string;
}

const CARRIERS: readonly Carrier[] = [
  {
    company: "USPS",
    names: ["usps", "uspsreturns", "stampscom", "endicia"],
    prefixes: ["usps"],
    page: "https://tools.usps.com/go/TrackConfirmAction?tLabels=",
  },
  { company: "UPS", names: ["ups"], prefixes: ["ups"], page: "https://www.ups.com/track?tracknum=" },
  { company: "FedEx", names: ["fedex"], prefixes: ["fedex"], page: "https://www.fedex.com/fedextrack/?trknbr=" },
  {
    company: "DHL Express",
    names: ["dhlexpress", "dhlexpressmx", "dhlexpressuk"],
    page: "https://www.dhl.com/global-en/home/tracking.html?tracking-id=",
  },
  { company: "DHL eCommerce", names: ["dhlecs", "dhlecommerce", "dhlglobalmail", "dhlecommercesolutions"] },
  { company: "DHL eCommerce Asia", names: ["dhlecommerceasia"] },
  {
    company: "Canada Post",
    names: ["canadapost"],
    page: "https://www.canadapost-postescanada.ca/track-reperage/en#/search?searchFor=",
  },
  { company: "Canpar", names: ["canpar"] },
  { company: "Purolator", names: ["purolator"], page: "https://www.purolator.com/en/shipping/tracker?pin=" },
  { company: "Royal Mail", names: ["royalmail"], page: "https://www.royalmail.com/track-your-item#/tracking-results/" },
  { company: "Parcelforce", names: ["parcelforce"] },
  { company: "Evri", names: ["evri", "hermes", "hermesuk"] },
  { company: "DPD", names: ["dpd"] },
  { company: "DPD UK", names: ["dpduk"] },
  { company: "DPD Local", names: ["interlinkexpress", "dpdlocal"] },
  { company: "GLS", names: ["gls", "glsus"] },
  { company: "OnTrac", names: ["ontrac", "ontracv3"] },
  { company: "Lasership", names: ["lasership", "lasershipv2"] },
  { company: "Lone Star Overnight", names: ["lso", "lonestarovernight"] },
  { company: "Amazon", names: ["amazon", "amazonshipping", "amazonmws"] },
  { company: "APC", names: ["apc", "apcpostallogistics"] },
  { company: "Asendia USA", names: ["asendia", "asendiausa"] },
  { company: "Pitney Bowes", names: ["pitneybowes", "newgistics"] },
  { company: "Sendle", names: ["sendle"] },
  { company: "TForce Final Mile", names: ["tforce", "tforcefinalmile"] },
  { company: "United Delivery Service", names: ["uds", "uniteddeliveryservice"] },
  {
    company: "Australia Post",
    names: ["australiapost", "auspost"],
    page: "https://auspost.com.au/mypost/track/details/",
  },
  { company: "StarTrack", names: ["startrack"] },
  { company: "Toll IPEC", names: ["toll", "tollipec"] },
  { company: "New Zealand Post", names: ["newzealandpost", "nzpost"] },
  { company: "PostNL", names: ["postnl"] },
  { company: "BPost", names: ["bpost"] },
  { company: "Deutsche Post", names: ["deutschepost"] },
  { company: "Swiss Post", names: ["swisspost"] },
  { company: "Colissimo", names: ["colissimo"] },
  { company: "Chronopost", names: ["chronopost"] },
  { company: "Correos", names: ["correos"] },
  { company: "Poste Italiane", names: ["posteitaliane"] },
  { company: "SF Express", names: ["sfexpress"] },
  { company: "Singapore Post", names: ["singaporepost", "singpost"] },
  { company: "YunExpress", names: ["yunexpress"] },
];

/** The name that makes Shopify link the number; a carrier that we do not know keeps its name. */
export function shopCarrierName(carrier: string): string {
  return findCarrier(carrier)?.company ?? carrier;
}

/** The page where a customer follows the parcel; `null` when we know none that needs the number only. */
export function trackingPage(carrier: string, trackingNumber: string): string | null {
  const page = findCarrier(carrier)?.page;
  return page === undefined ? null : page + encodeURIComponent(trackingNumber);
}

function findCarrier(carrier: string): Carrier | null {
  const name = carrier.toLowerCase().replace(/[^a-z0-9]/g, "");
  return (
    CARRIERS.find(({ names }) => names.includes(name)) ??
    CARRIERS.find(({ prefixes }) => prefixes?.some((prefix) => name.startsWith(prefix)) === true) ??
    null
  );
}
