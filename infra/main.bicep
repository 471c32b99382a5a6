// Everything that sspr-manager needs in a subscription of its own resource group. Kept to the part of the language that
// offline checkers read: no nullable types, no lambdas, no modules from a registry.
targetScope = 'subscription'

@description('Name of this installation, such as prod; part of the names of everything.')
@minLength(1)
@maxLength(20)
param environmentName string

@description('Region of everything that has one: those that have Flex Consumption.')
@allowed([ // Azure-Samples/functions-quickstart-python-http-azd has the list; `az functionapp list-flexconsumption-locations` what is newer
  'australiaeast'
  'australiasoutheast'
  'brazilsouth'
  'canadacentral'
  'centralindia'
  'centralus'
  'eastasia'
  'eastus'
  'eastus2'
  'francecentral'
  'germanywestcentral'
  'italynorth'
  'japaneast'
  'koreacentral'
  'northcentralus'
  'northeurope'
  'norwayeast'
  'southafricanorth'
  'southcentralus'
  'southeastasia'
  'southindia'
  'spaincentral'
  'swedencentral'
  'uaenorth'
  'uksouth'
  'ukwest'
  'westcentralus'
  'westeurope'
  'westus'
  'westus2'
  'westus3'
])
@metadata({ azd: { type: 'location', default: 'swedencentral' } })
param location string

@description('The tenant whose people sign in, and whose app registrations these are; not always the subscription\'s.')
param partnerTenantId string = tenant().tenantId

// Both ids have a default, because azd asks for every parameter without one before it runs the hook that makes the
// registrations (Azure/azure-dev#5806). An id that is still empty then is refused by registrations.bicep.
@description('Client id of the multi-tenant registration that reads the customers\' tenants.')
param clientId string = ''

@description('Client id of the single-tenant registration that people and programs sign in to.')
param signInClientId string = ''

@description('Client ids of the programs that may call the API, separated by commas. The platform refuses all others.')
param programClientIds string = ''

@description('Only when the subscription is in another tenant than the registrations: base64 of the certificate, or a Key Vault reference to it.')
@secure()
param certificate string = ''

@description('Three zones of the region; LRS where a region has none.')
@allowed(['Standard_ZRS', 'Standard_LRS'])
param storageReplication string = 'Standard_ZRS'

@description('What sends the mails. Communication Services is closed to new customers since 23 October 2026.')
@allowed(['none', 'communication-services'])
param mailService string = 'none'

@description('Addresses that the mail service knows as senders, separated by commas; empty: only the one it is made with.')
param mailSenders string = ''

@description('Where the mail service keeps its data.')
param mailDataLocation string = 'Europe'

@description('Your own domain to send from; empty: the one that Azure manages.')
param mailDomain string = ''

@description('Whether the DNS records of that domain are there and verified: until then mails come from Azure\'s own.')
@allowed(['true', 'false'])
param mailDomainVerified string = 'false'

@description('Emails a minute and an hour, once support has raised them; empty: what a domain of its kind begins with.')
param mailPerMinute string = ''
param mailPerHour string = ''

@description('Whom alerts are mailed to; empty: they are only shown in the portal.')
param alertEmail string = ''

@description('Address of a domain of your own in front of the app; empty: the app\'s.')
param publicUrl string = ''

@description('Whole units of your currency that a month may cost: at 80 % alertEmail gets a mail. Empty or 0: no budget. It stops nothing.')
param budgetAmount string = ''

@description('First day of the month in which the budget was made, which Azure never lets change. azd keeps it from the first deployment.')
param budgetStart string = ''

@description('Not to be given.')
param thisMonth string = utcNow('yyyy-MM-01')

@description('So many instances at once for each group of functions. The app has 17: one for all HTTP functions, one for each of the others.')
@minValue(1)
@maxValue(1000)
param maximumInstanceCount int = 5

@description('Further settings of the app, name by name. Each deployment sets all of them, so none is set by hand. azd puts values of its environment in the place of a dollar sign with a name in braces.')
param moreSettings object = {}

var sendsMail = mailService == 'communication-services'
var hasBudget = !empty(budgetAmount) && budgetAmount != '0'
var budgetSince = empty(budgetStart) ? thisMonth : budgetStart // a start in an earlier month is refused to a new budget
var programs = empty(programClientIds) ? [] : split(replace(programClientIds, ' ', ''), ',')
var senders = empty(mailSenders) ? '' : string(split(replace(mailSenders, ' ', ''), ',')) // JSON
var tags = { 'azd-env-name': environmentName }
var suffix = toLower(uniqueString(subscription().id, environmentName, location))

module registrations 'registrations.bicep' = {
  name: 'registrations-${suffix}' // in a subscription a name is bound to its first region (Azure/missionlz#760)
  params: { clientId: clientId, signInClientId: signInClientId }
}

resource group 'Microsoft.Resources/resourceGroups@2021-04-01' = {
  name: 'rg-sspr-${environmentName}'
  location: location
  tags: tags
  dependsOn: [registrations] // without them nothing is made
}

module identity 'identity.bicep' = {
  name: 'identity'
  scope: group
  params: { location: location, tags: tags, suffix: suffix, deliversEvents: sendsMail }
}

module monitoring 'monitoring.bicep' = {
  name: 'monitoring'
  scope: group
  params: {
    location: location
    tags: tags
    suffix: suffix
    appPrincipalId: identity.outputs.appPrincipalId
  }
}

module storage 'storage.bicep' = {
  name: 'storage'
  scope: group
  params: {
    location: location
    tags: tags
    suffix: suffix
    replication: storageReplication
    appPrincipalId: identity.outputs.appPrincipalId
    eventsPrincipalId: identity.outputs.eventsPrincipalId
  }
}

module mail 'mail.bicep' = if (sendsMail) {
  name: 'mail'
  scope: group
  params: {
    tags: tags
    suffix: suffix
    dataLocation: mailDataLocation
    ownDomain: mailDomain
    ownDomainVerified: mailDomainVerified == 'true'
    perMinute: mailPerMinute
    perHour: mailPerHour
    appPrincipalId: identity.outputs.appPrincipalId
  }
}

// After storage, whose module also lets the events' identity write to the queue: Event Grid tries that at once.
module events 'events.bicep' = if (sendsMail) {
  name: 'events'
  scope: group
  params: {
    tags: tags
    suffix: suffix
    mailServiceId: sendsMail ? mail!.outputs.serviceId : '' // Azure evaluates it without events, too (Azure/bicep#3990)
    storageId: storage.outputs.accountId
    queueName: storage.outputs.reportsQueueName
    identityId: identity.outputs.eventsId
  }
}

module app 'app.bicep' = {
  name: 'app'
  scope: group
  params: {
    location: location
    tags: tags
    suffix: suffix
    identityId: identity.outputs.appId
    identityClientId: identity.outputs.appClientId
    storageName: storage.outputs.accountName
    packageContainerName: storage.outputs.packageContainerName
    insightsConnection: monitoring.outputs.connection
    partnerTenantId: partnerTenantId
    clientId: registrations.outputs.clientId
    certificate: certificate
    mailService: mailService
    mailEndpoint: sendsMail ? mail!.outputs.endpoint : ''
    mailSender: sendsMail ? mail!.outputs.sender : ''
    mailSenders: sendsMail ? senders : ''
    mailPerMinute: sendsMail ? mail!.outputs.perMinute : ''
    mailPerHour: sendsMail ? mail!.outputs.perHour : ''
    publicUrl: publicUrl
    maximumInstanceCount: maximumInstanceCount
    moreSettings: moreSettings
  }
}

module auth 'auth.bicep' = {
  name: 'auth'
  scope: group
  params: {
    appName: app.outputs.name
    partnerTenantId: partnerTenantId
    signInClientId: registrations.outputs.signInClientId
    programClientIds: programs
    identityProvesApp: empty(certificate)
  }
}

module alerts 'alerts.bicep' = {
  name: 'alerts'
  scope: group
  params: {
    location: location
    tags: tags
    insightsId: monitoring.outputs.insightsId
    email: alertEmail
    mailService: mailService
  }
}

module budget 'budget.bicep' = if (hasBudget) {
  name: 'budget'
  scope: group
  params: { amount: int(hasBudget ? budgetAmount : '0'), email: alertEmail, startsOn: budgetSince }
}

output AZURE_RESOURCE_GROUP string = group.name
output SSPR_APP_NAME string = app.outputs.name
output SSPR_APP_HOST string = app.outputs.hostName
output SSPR_STORAGE_ACCOUNT string = storage.outputs.accountName
output SSPR_IDENTITY_PRINCIPAL_ID string = identity.outputs.appPrincipalId
output SSPR_MAIL_SERVICE_NAME string = sendsMail ? mail!.outputs.emailServiceName : ''
output SSPR_MAIL_SENDER string = sendsMail ? mail!.outputs.sender : ''
output SSPR_MAIL_DNS_RECORDS object = sendsMail ? mail!.outputs.dnsRecords : {}
output SSPR_BUDGET_START string = hasBudget ? budgetSince : budgetStart // azd keeps outputs in its environment
