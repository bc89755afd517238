"""The names of a made market: real US tickers with plausible prices, and made ones beyond them."""

import itertools
from string import ascii_uppercase
from typing import Final, NamedTuple

_LISTED: Final = """
AAPL 189.84  MSFT 374.51  GOOGL 133.32 AMZN 145.18  NVDA 492.98  META 334.22  TSLA 237.41  BRK.B 358.10
V 250.69     JPM 153.32   UNH 536.14   XOM 104.96   LLY 592.20   JNJ 149.27   WMT 155.37   MA 404.80
PG 150.62    AVGO 976.35  HD 306.88    ORCL 115.62  CVX 144.43   MRK 101.33   KO 58.11     ABBV 138.30
PEP 167.18   COST 567.80  BAC 29.34    ADBE 602.66  CRM 220.95   MCD 279.60   CSCO 48.07   ACN 327.43
TMO 481.50   AMD 120.62   ABT 97.61    NFLX 465.91  LIN 407.19   DIS 94.16    INTC 43.81   WFC 42.64
PFE 29.92    CMCSA 42.58  VZ 36.97     TXN 153.48   PM 93.50     INTU 555.48  COP 114.90   NKE 106.04
IBM 152.89   QCOM 128.16  UNP 220.73   GE 119.50    CAT 249.78   AMGN 267.12  NOW 658.50   HON 191.36
SPGI 407.70  UPS 148.36   NEE 57.42    LOW 202.63   BA 218.04    AMAT 149.79  T 15.86      RTX 79.99
GS 339.14    BKNG 3116.04 SBUX 105.97  ELV 474.61   PLD 113.90   MDT 77.39    BLK 721.80   ISRG 311.63
DE 382.20    TJX 88.58    MS 78.53     SYK 292.43   AXP 160.89   MDLZ 71.41   LMT 446.79   GILD 75.66
VRTX 352.60  ADP 231.01   AMT 204.11   CVS 68.39    REGN 805.55  ADI 182.37   LRCX 711.53  C 45.19
SCHW 56.30   ETN 230.35   CI 288.42    MMC 200.15   PGR 160.12   ZTS 177.49   BSX 54.82    CB 224.37
MU 77.19     FI 123.62    BX 104.65    SO 69.59     SNPS 542.60  KLAC 554.70  PANW 261.12  DUK 90.70
MO 41.25     ITW 239.54   EQIX 790.92  CDNS 270.54  SLB 52.76    WM 171.21    CME 211.70   SHW 274.94
CL 76.63     NOC 464.39   EOG 122.34   ICE 111.74   CSX 32.09    FDX 256.49   PYPL 56.73   CMG 2183.90
MCK 450.49   TGT 129.42   USB 37.65    MCO 362.10   PH 428.13    APD 270.86   GD 248.70    BDX 236.92
EMR 88.43    MAR 207.77   HUM 509.74   AON 329.33   ORLY 973.88  FCX 36.30    NSC 213.29   ROP 532.57
PSX 114.87   MPC 148.57   PNC 130.83   HCA 249.05   MMM 95.46    PXD 236.33   APH 90.35    AJG 247.19
ECL 186.61   MSI 322.45   AZO 2662.40  NXPI 204.15  TT 229.32    MCHP 83.42   TDG 968.10   COF 106.89
F 10.28      GM 28.15     SRE 72.59    CCI 107.80   AIG 65.09    PSA 255.57   AEP 79.11    ADSK 208.52
WELL 88.23   KMB 122.12   D 46.21      CARR 53.45   VLO 123.11   TRV 174.24   STZ 241.83   DXCM 111.39
NEM 36.91    HLT 168.94   WMB 35.82    OXY 61.25    SPG 120.40   AFL 82.33    EW 66.69     IDXX 468.93
NUE 161.87   TEL 133.04   MSCI 516.39  JCI 53.96    O 53.35      EXC 39.51    GIS 64.72    LHX 189.59
PCAR 91.47   ROST 130.44  CTAS 548.72  FTNT 53.02   BIIB 231.49  CNC 72.69    DLR 137.42   KHC 34.74
PAYX 118.09  ODFL 396.11  IQV 208.56   MET 62.25    CPRT 49.72   KMI 17.37    DOW 51.30    AME 153.45
DHI 126.32   MNST 55.49   ON 70.03     HSY 189.12   KR 43.21     A 126.30     FAST 59.66   PRU 95.57
CTVA 46.53   BKR 34.29    HAL 38.44    OTIS 84.61   YUM 128.53   XEL 61.10    LEN 125.34   KDP 31.91
CTSH 70.25   SYY 71.51    GEHC 73.44   PEG 63.45    ED 90.76     VRSK 239.13  ROK 272.65   DVN 45.32
HES 143.46   VMC 212.34   URI 474.34   IT 425.76    EA 137.08    DD 70.84     ACGL 83.35   CSGP 83.32
PPG 140.34   WEC 82.45    FANG 156.60  MLM 459.40   AWK 131.27   XYL 103.52   EXR 129.35   AVB 174.60
CDW 211.37   EIX 66.44    IR 71.42     KEYS 135.32  ANSS 296.50  MTD 1081.45  EFX 212.48   WBD 10.46
FTV 68.16    GPN 114.23   DAL 35.92    EBAY 41.20   HPQ 28.52    GLW 28.44    CBRE 77.35   DLTR 115.43
WST 352.40   TSCO 200.25  HIG 77.50    STT 72.21    WY 31.53     TTWO 155.30  MPWR 552.12  ETR 101.34
ULTA 416.10  DTE 104.32   ALGN 215.45  CHD 94.85    FITB 28.96   CAH 106.43   TROW 98.16   APTV 81.74
BR 190.33    WAT 280.17   MOH 366.15   STE 198.64   NTRS 78.40   ES 60.12     EQR 57.35    GRMN 121.60
TDY 399.32   WTW 245.81   DRI 155.72   PPL 26.40    BALL 54.92   CLX 141.44   CNP 28.40    LUV 25.29
OMC 80.12    INVH 33.41   ILMN 99.13   FE 37.20     VTR 44.62    HBAN 11.26   RF 16.28     STLD 117.62
CMS 57.15    AEE 77.84    LH 214.67    BAX 36.10    EXPE 134.82  K 53.43      TXT 76.94    WAB 115.23
CINF 102.45  COO 335.12   ATO 113.46   VRSN 214.50  HWM 52.70    J 131.24     SNA 274.11   MKC 64.84
L 69.85      HOLX 70.12   CF 75.60     AVY 189.30   ARE 107.42   SWK 90.21    LVS 48.15    IP 36.41
DG 130.92    MGM 40.33    CCL 14.86    RCL 107.60   NCLH 14.87   UAL 39.46    AAL 12.37    JBLU 4.40
M 14.12      GPS 18.44    KSS 23.57    JWN 15.24    BBY 69.82    GME 13.05    AMC 7.02     CHWY 18.76
SNAP 12.34   PINS 32.61   UBER 56.05   LYFT 11.71   DASH 94.28   ABNB 128.54  SPOT 181.22  ROKU 97.15
SQ 63.41     COIN 115.54  HOOD 8.19    SOFI 7.26    PLTR 19.97   SNOW 171.42  DDOG 113.85  NET 73.44
ZS 192.15    CRWD 209.87  OKTA 71.23   MDB 401.13   TWLO 65.12   ZM 65.48     DOCU 43.05   U 28.93
RIVN 16.41   LCID 4.23    NIO 7.41     XPEV 17.52   LI 39.42     PLUG 4.06    FCEL 1.24    RUN 12.11
ENPH 99.32   FSLR 157.44  SEDG 76.31   BE 14.21     CLF 17.42    X 34.83      AA 26.72     MOS 35.46
GOLD 17.13   KGC 5.74     AUY 5.32     HL 4.84      CDE 2.78     BTU 23.97    ARCH 163.40  AR 24.63
RRC 32.85    SWN 6.72     CHK 79.51    APA 36.40    MRO 25.78    CNX 21.15    RIG 6.38     VAL 68.52
KEY 12.31    CMA 44.72    ZION 35.24   SIRI 4.92    LUMN 1.31    PARA 14.48   FOXA 29.62   NWSA 21.84
LBRDK 84.51  LILAK 7.28   BF.B 59.14   HEI.A 138.62 LEN.B 112.30 MOG.A 137.05 GRAB 3.11    BB 3.62
NOK 3.48     ERIC 4.87    VOD 9.06     BCS 7.22     LYG 2.16     ITUB 6.31    BBD 3.19     ABEV 2.78
PBR 15.91    VALE 15.12   GGB 4.93     SID 3.14     TEVA 9.51    GRFS 9.28    NVAX 5.76    OPK 1.38
GERN 1.92    SAN 4.11     UMC 7.71     ASX 9.23     HIMX 5.86    WIT 4.77     INFY 17.46   IBN 22.38
"""
_MADE_LETTERS: Final = 4
MOST_SYMBOLS: Final = 400_000
"""Some way below 26 to the power of 4, so that every made name has four letters."""


class Ticker(NamedTuple):
    """A symbol and where its price starts."""

    symbol: str
    cents: int


def listed() -> list[Ticker]:
    """The real ones."""
    words = _LISTED.split()
    pairs = zip(words[::2], words[1::2], strict=True)
    return [Ticker(symbol, int(price.replace(".", ""))) for symbol, price in pairs]


def tickers(count: int) -> list[Ticker]:
    """The first so many: the real ones, then made ones at the real ones' prices, from `AAAA` on.

    Raises:
        ValueError: `count` is not 1 to `MOST_SYMBOLS`.
    """
    if not 1 <= count <= MOST_SYMBOLS:
        raise ValueError(f"{count} symbols: 1 to {MOST_SYMBOLS} are possible")
    real = listed()
    taken = {ticker.symbol for ticker in real}
    names = ("".join(letters) for letters in itertools.product(ascii_uppercase, repeat=_MADE_LETTERS))
    made = itertools.islice((name for name in names if name not in taken), max(0, count - len(real)))
    prices = itertools.cycle([ticker.cents for ticker in real])
    return real[:count] + [Ticker(name, next(prices)) for name in made]
